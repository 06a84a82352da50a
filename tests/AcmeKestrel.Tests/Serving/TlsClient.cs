using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What a client saw of a handshake.</summary>
/// <param name="Names">The leaf's DNS names and addresses.</param>
/// <param name="Intermediates">How many certificates came beside the leaf.</param>
internal sealed record Seen(X509Certificate2 Leaf, IReadOnlyList<string> Names, int Intermediates, string Alpn, bool IsTrusted)
{
    public string Name => Names.Count > 0 ? Names[0] : "";
}

/// <summary>TLS clients as visitors and CAs are.</summary>
internal static class TlsClient
{
    public static Task<Seen> VisitAsync(IPEndPoint server, string serverName, TestCa? ca = null) => ConnectAsync(server, Options(serverName, "h2", "http/1.1"), ca);

    public static Task<Seen> ProbeAsync(IPEndPoint server, string serverName) => ConnectAsync(server, Options(serverName, "acme-tls/1"));

    public static SslClientAuthenticationOptions Options(string serverName, params string[] alpn) => new()
    {
        TargetHost = serverName,
        ApplicationProtocols = alpn.Length == 0 ? null : [.. alpn.Select(protocol => new SslApplicationProtocol(protocol))],
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        AllowTlsResume = false,
    };

    public static async Task<Seen> ConnectAsync(IPEndPoint server, SslClientAuthenticationOptions options, TestCa? ca = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(server, TestContext.Current.CancellationToken);
        var (seen, tls) = await AuthenticateAsync(socket.GetStream(), options, ca);
        await tls.DisposeAsync();
        return seen;
    }

    public static async Task<(Seen Seen, SslStream Stream)> AuthenticateAsync(Stream stream, SslClientAuthenticationOptions options, TestCa? ca = null)
    {
        X509Certificate2? leaf = null;
        var intermediates = 0;
        var isTrusted = false;
        options.RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
        {
            leaf = new X509Certificate2(certificate!);
            intermediates = chain!.ChainPolicy.ExtraStore.Count(other => other.Thumbprint != leaf.Thumbprint);
            isTrusted = ca is not null && IsTrusted(leaf, chain.ChainPolicy.ExtraStore, ca.Root);
            return true;
        };
        var tls = new SslStream(stream);
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        var names = leaf!.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));
        return (new Seen(leaf, [.. names], intermediates, tls.NegotiatedApplicationProtocol.ToString(), isTrusted), tls);
    }

    private static bool IsTrusted(X509Certificate2 leaf, X509Certificate2Collection sent, X509Certificate2 root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(leaf);
    }
}
