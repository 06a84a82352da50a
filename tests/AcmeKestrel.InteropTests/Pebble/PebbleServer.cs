using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Pebble;

/// <summary>
/// A CA that nobody here wrote: Pebble, strict, with half of all nonces rejected and a chain of three intermediates; every name resolves to 127.0.0.1, where it validates on the edge's ports.
/// </summary>
internal sealed partial class PebbleServer : IAsyncDisposable
{
    /// <summary>A name it refuses.</summary>
    public const string BlockedName = "blocked.test";

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _http;
    private readonly ChildProcess _dns;
    private readonly ChildProcess _pebble;
    private readonly int _management = FreePort.Next();
    private readonly int _dnsPort = FreePort.Next();

    private PebbleServer(PebbleVersion version, int httpPort, int tlsPort, int nonceReject)
    {
        var programs = PebblePrograms.Find(version);
        TlsIdentity.Write(_folder.Path);
        _http = new HttpClient(TrustingOnly(TrustedRootsFile));
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("AcmeKestrel.InteropTests", "1"));

        var (listen, dns) = (FreePort.Next(), $"127.0.0.1:{_dnsPort}");
        DirectoryUrl = $"https://localhost:{listen}/dir";
        File.WriteAllText(_folder.In("pebble.json"), Configuration(listen, httpPort, tlsPort));

        string[] nothingElse = ["-management", $"127.0.0.1:{FreePort.Next()}", "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""];
        _dns = ChildProcess.Start(programs.DnsServer, [.. programs.DnsFlags(dns), .. nothingElse], [], _folder.Path);

        // "-strict false" would be strict, and would drop the flags after it.
        _pebble = ChildProcess.Start(programs.Pebble, ["-strict", "-dnsserver", dns, "-config", _folder.In("pebble.json")], new Dictionary<string, string>
        {
            ["PEBBLE_WFE_NONCEREJECT"] = $"{nonceReject}",
            ["PEBBLE_VA_NOSLEEP"] = "1",
            ["PEBBLE_CHAIN_LENGTH"] = "3",
            ["PEBBLE_AUTHZREUSE"] = "0",
        }, _folder.Path);
    }

    public string DirectoryUrl { get; }

    /// <summary>What the CA's own TLS certificate chains to; not what its certificates chain to.</summary>
    public string TrustedRootsFile => _folder.In("root.pem");

    public string Log => _pebble.Output;

    public static async Task<PebbleServer> StartAsync(PebbleVersion version, int httpPort, int tlsPort, int nonceReject = 50, CancellationToken cancellationToken = default)
    {
        var server = new PebbleServer(version, httpPort, tlsPort, nonceReject);
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
    public async Task<X509Certificate2> RootAsync(CancellationToken cancellationToken) =>
        X509Certificate2.CreateFromPem(await _http.GetStringAsync(new Uri($"https://localhost:{_management}/roots/0"), cancellationToken));

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
    private string Configuration(int listen, int httpPort, int tlsPort) => JsonSerializer.Serialize(new
    {
        pebble = new
        {
            listenAddress = $"127.0.0.1:{listen}",
            managementListenAddress = $"127.0.0.1:{_management}",
            certificate = _folder.In("tls.pem"),
            privateKey = _folder.In("tls.key"),
            httpPort,
            tlsPort,
            ocspResponderURL = "",
            externalAccountBindingRequired = false,
            certificateValidityPeriod = 90 * 86400,
            domainBlocklist = new[] { BlockedName },
            retryAfter = new { authz = 1, order = 1 },
            profiles = new Dictionary<string, object> { ["default"] = new { description = "90 days", validityPeriod = 90 * 86400 } },
        },
    });

    /// <summary>A transport that trusts the roots in this file and nothing else.</summary>
    internal static SocketsHttpHandler TrustingOnly(string rootFile)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(rootFile);
        return new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy } };
    }

    [GeneratedRegex(@"(?:POST|GET|HEAD) (/\S*) -> calling handler\(\)")]
    private static partial Regex Request();
}
