using System.Collections.Concurrent;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Authentication;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// One context (OpenSSL's <c>SSL_CTX</c>) for all certificates: .NET makes one for each, which takes as long as all else of a cold name together, and of more than a few dozen it forgets most, with their
/// clients' sessions. There is one for each kind of endpoint, and as long as the process is there, as .NET's own cache. It is made, and tried, beside the first connections, which
/// have contexts of their own; where the trial fails, all have.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class SharedContexts
{
    private static readonly ConcurrentDictionary<EndpointKind, Lazy<Task<SafeHandle?>>> Ready = new();

    /// <summary>Something was not as it was in the trial.</summary>
    private static volatile bool _isOff;

    private static bool AreKnown { get; } = QuickLeaf.IsKnown && SessionContexts.AreKnown && PlatformContexts.ShowsOthers;

    /// <summary>Whether a connection of such an endpoint can have one now.</summary>
    public static bool Serve(SslServerAuthenticationOptions handshake) => FindAsync(handshake) is { IsCompletedSuccessfully: true, Result: not null };

    /// <summary>As soon as it is known whether there is one.</summary>
    public static async Task<bool> ServeAsync(SslServerAuthenticationOptions handshake) => FindAsync(handshake) is { } making && await making.ConfigureAwait(false) is not null;

    /// <summary>Whether it is one of them.</summary>
    public static bool Has(SafeHandle context)
    {
        foreach (var (_, made) in Ready)
        {
            if (made.IsValueCreated && made.Value is { IsCompletedSuccessfully: true, Result: var ready } && ReferenceEquals(ready, context)) return true;
        }

        return false;
    }

    /// <summary>A connection that was to have one had another: from now on nobody has.</summary>
    public static void GiveUp() => _isOff = true;

    /// <summary>Null where such an endpoint's connections have contexts of their own: .NET keeps none for them either.</summary>
    private static Task<SafeHandle?>? FindAsync(SslServerAuthenticationOptions handshake)
    {
        if (!AreKnown || _isOff || !handshake.AllowTlsResume || handshake is not { CipherSuitesPolicy: null, EncryptionPolicy: EncryptionPolicy.RequireEncryption }) return null;

        var kind = new EndpointKind(handshake.EnabledSslProtocols, handshake.ApplicationProtocols is { Count: > 0 });
        return Ready.GetOrAdd(kind, static kind => new Lazy<Task<SafeHandle?>>(() => Task.Run(() => SharedContextTrial.MakeAsync(kind)))).Value;
    }
}

/// <summary>What .NET tells contexts of one certificate apart by.</summary>
internal sealed record EndpointKind(SslProtocols Protocols, bool HasAlpn);
