using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>OpenSSL itself, for the little that .NET has no word for. Only the one that .NET uses: another copy in the same process would know nothing of its objects.</summary>
internal static partial class OpenSslLibrary
{
    public const string Ssl = "libssl.so.3";
    public const string Crypto = "libcrypto.so.3";

    /// <summary>Whether it is there and the one that .NET uses.</summary>
    public static bool IsKnown { get; } = Probe();

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a platform lacks: it is done in .NET's way.")]
    private static bool Probe()
    {
        try
        {
            return OperatingSystem.IsLinux() && (nuint)SafeEvpPKeyHandle.OpenSslVersion == Version();
        }
        catch (Exception)
        {
            return false;
        }
    }

    /// <summary>Of this thread: what an attempt left behind would be taken for what the next call fails of.</summary>
    [LibraryImport(Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Crypto, EntryPoint = "OpenSSL_version_num")]
    private static partial nuint Version();
}
