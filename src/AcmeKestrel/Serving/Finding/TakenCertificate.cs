using System.Net.Security;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Serving.OpenSsl;

namespace AcmeKestrel.Serving.Finding;

/// <summary>The certificate of one connection.</summary>
/// <param name="random">Of the hello, where it was seen.</param>
internal sealed class TakenCertificate(LoadedCertificate certificate, HelloRandom? random)
{
    private bool _isShared;

    /// <summary>What its handshake is to have; asked for once.</summary>
    public SslStreamCertificateContext ContextFor(SslServerAuthenticationOptions handshake)
    {
        if (!OperatingSystem.IsLinux() || certificate.FindShared(handshake) is not { } leaf || random is not { } hello || !ExpectedHellos.TryAdd(hello, leaf)) return certificate.Context;

        _isShared = true;
        return leaf.Shown;
    }

    /// <summary>When the connection has ended.</summary>
    /// <param name="connection">Null where it did not come to TLS.</param>
    public void Release(SslStream? connection)
    {
        if (OperatingSystem.IsLinux() && _isShared)
        {
            ExpectedHellos.Remove(random!.Value, certificate.Leaf!);
            if (connection is not null && SessionContexts.Of(connection) is { } context && !SharedContexts.Has(context)) SharedContexts.GiveUp();
            certificate.Release();
            return;
        }

        certificate.Release(connection);
    }
}
