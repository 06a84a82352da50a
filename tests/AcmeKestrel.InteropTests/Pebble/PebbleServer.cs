using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>A CA that nobody here wrote: Pebble, strict; every name resolves to 127.0.0.1, where it validates on the ports of its settings.</summary>
internal sealed partial class PebbleServer : IAsyncDisposable
{
    /// <summary>A name it refuses.</summary>
    public const string BlockedName = "blocked.test";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http;
    private readonly ChildProcess _dns;
    private readonly ChildProcess _pebble;
    private readonly int _dnsPort = FreePort.Next();

    private PebbleServer(PebbleSettings settings)
    {
        var programs = PebblePrograms.Find(settings.Version);
        TlsIdentity.Write(_folder.Path);
        _http = new HttpClient(TrustingOnly(TrustedRootsFile));
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("AcmeKestrel.InteropTests", "1"));

        var (listen, management, dns) = (FreePort.Next(), FreePort.Next(), $"127.0.0.1:{_dnsPort}");
        DirectoryUrl = $"https://localhost:{listen}/dir";
        Management = new PebbleManagement(_http, management);
        File.WriteAllText(_folder.In("pebble.json"), Configuration(settings, listen, management));

        string[] nothingElse = ["-management", $"127.0.0.1:{FreePort.Next()}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", settings.IPv6];
        _dns = ChildProcess.Start(programs.DnsServer, [.. programs.DnsFlags(dns), .. nothingElse], [], _folder.Path);

        // "-strict false" would be strict, and would drop the flags after it.
        _pebble = ChildProcess.Start(programs.Pebble, ["-strict", "-dnsserver", settings.Resolver?.ToString() ?? dns, "-config", _folder.In("pebble.json")], settings.Environment, _folder.Path);
    }

    public string DirectoryUrl { get; }

    /// <summary>What the CA's own TLS certificate chains to; not what its certificates chain to.</summary>
    public string TrustedRootsFile => _folder.In("root.pem");

    public string Log => _pebble.Output;

    /// <summary>What its operator sees and sets.</summary>
    public PebbleManagement Management { get; }

    /// <summary>Validates on these ports.</summary>
    public static Task<PebbleServer> StartAsync(PebbleVersion version, int httpPort, int tlsPort, int nonceReject = 50, CancellationToken cancellationToken = default) =>
        StartAsync(new PebbleSettings(version) { HttpPort = httpPort, TlsPort = tlsPort, NonceReject = nonceReject }, cancellationToken);

    public static async Task<PebbleServer> StartAsync(PebbleSettings settings, CancellationToken cancellationToken)
    {
        var server = new PebbleServer(settings);
        try
        {
            await Patience.UntilAsync(server.ConnectToDnsAsync, () => $"The DNS server does not listen:\n{server._dns.Output}", cancellationToken);
            await Patience.UntilAsync(server.AskAsync, () => $"Pebble does not answer:\n{server.Log}", cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Requests to a path of the CA's so far, such as <c>/order-plz</c>; resends after a rejected nonce count.</summary>
    public int Requests(string path) => Log.Split('\n').Count(line => Request().Match(line) is { Success: true } match && match.Groups[1].Value.StartsWith(path, StringComparison.Ordinal));

    /// <summary>Orders that the CA made.</summary>
    public int Orders() => Log.Split('\n').Count(line => line.Contains("Added order", StringComparison.Ordinal));

    /// <summary>The root that issued certificates chain to, of this run of the CA.</summary>
    public Task<X509Certificate2> RootAsync(CancellationToken cancellationToken) => Management.RootAsync(0, cancellationToken);

    /// <summary>The protocol client alone, as an application would make it; with another transport to look at what it sends.</summary>
    public AcmeClient NewClient(HttpMessageHandler? transport = null)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(TrustedRootsFile);
        return new AcmeClient(new AcmeClientOptions { DirectoryUrl = DirectoryUrl, TrustedRoots = roots, Handler = transport });
    }

    public async ValueTask DisposeAsync()
    {
        await _pebble.DisposeAsync();
        await _dns.DisposeAsync();
        _http.Dispose();
        _folder.Dispose();
    }

    private async Task<string?> ConnectToDnsAsync(CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _dnsPort, cancellationToken);
            return "";
        }
        catch (SocketException)
        {
            return _dns.HasExited ? throw new InvalidOperationException(_dns.Output) : null;
        }
    }

    private async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _http.GetStringAsync(new Uri(DirectoryUrl), cancellationToken);
        }
        catch (HttpRequestException)
        {
            return _pebble.HasExited ? throw new InvalidOperationException(Log) : null;
        }
    }

    /// <summary>Keys of all versions in one file: unknown ones are ignored.</summary>
    private string Configuration(PebbleSettings settings, int listen, int management) => JsonSerializer.Serialize(new
    {
        pebble = new
        {
            listenAddress = $"127.0.0.1:{listen}",
            managementListenAddress = $"127.0.0.1:{management}",
            certificate = _folder.In("tls.pem"),
            privateKey = _folder.In("tls.key"),
            httpPort = settings.HttpPort,
            tlsPort = settings.TlsPort,
            ocspResponderURL = "",
            externalAccountBindingRequired = settings.ExternalAccounts.Count > 0,
            externalAccountMACKeys = settings.ExternalAccounts,
            certificateValidityPeriod = Seconds(PebbleSettings.Validity),
            domainBlocklist = new[] { BlockedName },
            caaIdentities = settings.CaaIdentities,
            retryAfter = new { authz = 1, order = 1 },
            profiles = settings.Profiles.ToDictionary(profile => profile.Key, profile => new { description = $"{profile.Value.Days} days", validityPeriod = Seconds(profile.Value) }),
        },
    });

    private static long Seconds(TimeSpan span) => (long)span.TotalSeconds;

    /// <summary>A transport that trusts the roots in this file and nothing else.</summary>
    internal static SocketsHttpHandler TrustingOnly(string rootFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(rootFile);
        return new SocketsHttpHandler { AllowAutoRedirect = false, SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
    }

    [GeneratedRegex(@"(?:POST|GET|HEAD) (/\S*) -> calling handler\(\)")]
    private static partial Regex Request();
}
