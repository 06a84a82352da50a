using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Protocol.Transport;

/// <summary>
/// The transport to a CA. It is no part of the application's HttpClient defaults: a resilience handler there would replay signed requests,
/// and tracing would tell the CA our trace ids.
/// </summary>
internal static class CaHandler
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public static SocketsHttpHandler Create(AcmeClientOptions options)
    {
        var eyeballs = new HappyEyeballs(options.TimeProvider ?? TimeProvider.System);
        var handler = new SocketsHttpHandler
        {
            // A redirected JWS names the wrong url (RFC 8555 section 6.4).
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            ConnectCallback = (context, token) => eyeballs.ConnectAsync(context.DnsEndPoint, token),
            MaxConnectionsPerServer = 32,
            EnableMultipleHttp2Connections = true,

            // Addresses change behind a name, and a dead HTTP/2 connection is noticed only by asking.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // The rest of an answer that was too large is not worth its bandwidth.
            MaxResponseDrainSize = 0,
            MaxResponseHeadersLength = 64,

            // The environment's proxy has its password in its URL too.
            Proxy = new BareProxy(options.Proxy is { } proxy ? new WebProxy(proxy) { Credentials = Credentials(proxy) } : HttpClient.DefaultProxy),
        };
        if (options.TrustedRoots is { } roots) handler.SslOptions.CertificateChainPolicy = ChainTo(roots);
        return handler;
    }

    /// <summary>One of the user's own must not follow redirects either.</summary>
    /// <exception cref="ArgumentException">It does.</exception>
    public static HttpMessageHandler Check(HttpMessageHandler handler, string parameter)
    {
        var innermost = handler;
        while (innermost is DelegatingHandler { InnerHandler: { } inner }) innermost = inner;
        var follows = innermost is SocketsHttpHandler { AllowAutoRedirect: true } or HttpClientHandler { AllowAutoRedirect: true };
        return follows ? throw new ArgumentException("A transport to a CA must not follow redirects: set its AllowAutoRedirect to false.", parameter) : handler;
    }

    private static X509ChainPolicy ChainTo(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // A private CA's own server has rarely a reachable list of revocations.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return policy;
    }

    private static NetworkCredential? Credentials(Uri proxy)
    {
        if (proxy.UserInfo.Length == 0) return null;

        var parts = proxy.UserInfo.Split(':', 2);
        return new(Uri.UnescapeDataString(parts[0]), parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
