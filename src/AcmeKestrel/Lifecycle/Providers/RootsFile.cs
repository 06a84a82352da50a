using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>The roots of a private CA as their file holds them (<c>TrustedRootsFile</c>).</summary>
internal sealed partial class RootsFile
{
    private readonly string _text;

    private RootsFile(string text, X509Certificate2Collection roots) => (_text, Roots) = (text, roots);

    public X509Certificate2Collection Roots { get; }

    /// <exception cref="HeldException">It cannot be read, or holds no certificate: no client can be made with it.</exception>
    public static RootsFile Read(Provider provider)
    {
        var file = provider.TrustedRootsFile!;
        var key = provider.Setting("TrustedRootsFile");
        try
        {
            return Parse(File.ReadAllText(file)) ?? throw new HeldException(ObstacleKind.SettingUnusable, $"{key}: {file} holds no certificate, or half of one");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new HeldException(ObstacleKind.SettingUnusable, $"{key}: {file} cannot be read: {unreadable.Message}", inner: unreadable);
        }
    }

    /// <summary>What it holds by now; this one where that is the same, or where it is gone or half written for the moment.</summary>
    public RootsFile Refresh(string file)
    {
        try
        {
            // By content: a file put in its place may bring any time along.
            var text = File.ReadAllText(file);
            return text == _text ? this : Parse(text) ?? this;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return this;
        }
    }

    /// <summary>Null where it does not hold whole certificates.</summary>
    private static RootsFile? Parse(string text)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(text);
        return roots.Count > 0 && roots.Count == Begin().Count(text) ? new RootsFile(text, roots) : null;
    }

    [GeneratedRegex("^-----BEGIN CERTIFICATE", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Begin();
}
