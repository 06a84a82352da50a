using System.Net.Security;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Serving.Finding;

/// <summary>The certificate of one connection.</summary>
/// <param name="random">Of the hello, where it was seen.</param>
internal sealed class TakenCertificate(LoadedCertificate certificate, HelloRandom? random)
{
    public LoadedCertificate Certificate { get; } = certificate;

    /// <summary>Where the connection shares its context with those of other certificates.</summary>
    private OpenSslLeaf? _shared;
    private Showing? _shown;

    /// <summary>What its handshake is to have; asked for once.</summary>
    public SslStreamCertificateContext ContextFor(SslServerAuthenticationOptions handshake)
    {
        if (!OperatingSystem.IsLinux() || random is not { } hello || Certificate.Shareable is not { } leaf) return Certificate.Context;

        var contexts = SharedContexts.Current;
        if (!contexts.Serve(handshake)) return Certificate.Context;

        var shown = leaf.Show(contexts);
        if (!ExpectedHellos.TryAdd(hello, leaf))
        {
            shown.Release();
            return Certificate.Context;
        }

        (_shared, _shown) = (leaf, shown);
        return shown.Context;
    }

    /// <summary>When the connection has ended.</summary>
    /// <param name="connection">Null where it did not come to TLS.</param>
    public void Release(SslStream? connection)
    {
        if (!OperatingSystem.IsLinux() || _shared is not { } leaf)
        {
            Certificate.Release(connection);
            return;
        }

        ExpectedHellos.Remove(random!.Value, leaf);
        if (connection is not null && SessionContexts.Of(connection) is { } context && !_shown!.Contexts.Has(context)) SharedContexts.GiveUp();
        _shown!.Release();
        Certificate.Release();
    }
}
