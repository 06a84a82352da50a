using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class LocalCaHostingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task A_certificate_is_issued_over_real_sockets_to_who_answers_at_the_apps_own_ports(string type)
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        Assert.Equal(201, (await client.RegisterAsync()).Status);

        var order = await client.OrderAsync("app.localhost");
        await client.ProveAsync(order, type, (name, answer) =>
        {
            if (type == "http-01") host.HttpAnswers[name] = answer;
            else host.TlsAnswers[name] = ChallengeCertificate.Create([name], answer);
        });

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var done = await client.FinalizeAsync(order, TinyAcmeClient.Csr(key, ["app.localhost"]));
        Assert.Equal("valid", (string?)done.Json["status"]);
        Assert.Contains("BEGIN CERTIFICATE", (await client.ReadAsync((string)done.Json["certificate"]!)).Body, StringComparison.Ordinal);
        Assert.Contains(host.Log, line => line.Contains($"{type} of app.localhost proven", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wildcard_is_proven_to_the_configured_resolver()
    {
        var (name, value) = ("", "");
        await using var dns = new StubDns((question, _) => StubDns.Reply(question, StubDns.Text("_acme-challenge." + name, value)));
        await using var host = new LocalCaHost("Development", ("LocalCa:DnsServer", dns.EndPoint.ToString()));
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        var order = await client.OrderAsync("*.shop.test");
        await client.ProveAsync(order, "dns-01", (identifier, answer) => (name, value) = (identifier, TinyAcmeClient.B64(SHA256.HashData(Encoding.ASCII.GetBytes(answer)))));

        Assert.Equal("ready", (string?)(await client.ReadAsync(order.Header("Location")!)).Json["status"]);
        Assert.Contains(host.Log, line => line.Contains("dns-01 of shop.test proven", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Other_records_are_offered_where_the_configuration_says_so()
    {
        await using var dns = new StubDns((question, _) => StubDns.Reply(question));
        await using var host = new LocalCaHost("Development", ("LocalCa:DnsServer", dns.EndPoint.ToString()), ("LocalCa:OfferDnsAccount01", "true"), ("LocalCa:OfferDnsPersist01", "true"));
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        var authorization = await client.ReadAsync((string)(await client.OrderAsync("*.shop.test")).Json["authorizations"]![0]!);
        Assert.Equal(["dns-01", "dns-account-01", "dns-persist-01"], authorization.Json["challenges"]!.AsArray().Select(c => (string)c!["type"]!));
        var permanent = authorization.Json["challenges"]![2]!.AsObject();
        Assert.False(permanent.ContainsKey("token"));
        Assert.Equal(("127.0.0.1", client.Kid), ((string?)permanent["issuer-domain-names"]![0], (string?)permanent["accounturi"]));
    }

    [Fact]
    public async Task Without_a_resolver_neither_dns_01_nor_wildcards_are_offered()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        Assert.Equal("rejectedIdentifier", (await client.OrderAsync("*.shop.test")).Problem);
        var authorization = await client.ReadAsync((string)(await client.OrderAsync("shop.test")).Json["authorizations"]![0]!);
        Assert.Equal(["http-01", "tls-alpn-01"], authorization.Json["challenges"]!.AsArray().Select(c => (string)c!["type"]!));
    }

    [Fact]
    public async Task Configured_external_accounts_register()
    {
        var mac = RandomNumberGenerator.GetBytes(32);
        await using var host = new LocalCaHost("Development", ("LocalCa:ExternalAccounts:kid-1", TinyAcmeClient.B64(mac)), ("LocalCa:ExternalAccountRequired", "true"));
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        Assert.Equal("externalAccountRequired", (await client.RegisterAsync()).Problem);

        var (head, body) = (TinyAcmeClient.B64($$"""{"alg":"HS256","kid":"kid-1","url":"{{await client.UrlAsync("newAccount")}}"}"""), TinyAcmeClient.B64(client.Jwk().ToJsonString()));
        var binding = $$"""{"protected":"{{head}}","payload":"{{body}}","signature":"{{TinyAcmeClient.B64(HMACSHA256.HashData(mac, Encoding.ASCII.GetBytes($"{head}.{body}")))}}"}""";
        Assert.Equal(201, (await client.RegisterAsync($$"""{"termsOfServiceAgreed":true,"externalAccountBinding":{{binding}}}""")).Status);
    }

    [Fact]
    public async Task A_wrong_answer_is_found_out_and_logged()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        var order = await client.OrderAsync("app.localhost");
        await client.ProveAsync(order, "http-01", (name, _) => host.HttpAnswers[name] = "wrong");

        Assert.Equal("invalid", (string?)(await client.ReadAsync(order.Header("Location")!)).Json["status"]);
        Assert.Contains(host.Log, line => line.StartsWith("Warning 805", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_start_names_the_directory_and_the_root()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);

        var provider = Provider(host)!;
        Assert.Equal(Path.Combine(host.Folder, "root.pem"), provider.TrustedRootsFile);
        Assert.Contains(host.Log, line => line.StartsWith("Information 800", StringComparison.Ordinal)
            && line.Contains(provider.Directory!, StringComparison.Ordinal) && line.Contains(provider.TrustedRootsFile!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_listens_on_loopback_only()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        var port = new Uri(Provider(host)!.Directory!).Port;

        var listeners = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Where(l => l.Port == port).ToList();
        Assert.NotEmpty(listeners);
        Assert.All(listeners, listener => Assert.True(IPAddress.IsLoopback(listener.Address)));
    }

    [Fact]
    public async Task Outside_development_there_is_no_CA()
    {
        await using var host = new LocalCaHost("Production");
        await host.App.StartAsync(Stop);

        Assert.Null(Provider(host));
        Assert.False(Directory.Exists(host.Folder));
    }

    [Fact]
    public async Task A_provider_that_the_user_called_local_stays()
    {
        await using var host = new LocalCaHost("Development");
        var options = new AcmeOptions { Providers = new() { ["local"] = new AcmeProviderOptions { Directory = "https://ca.example.test/" } } };
        foreach (var last in host.App.Services.GetServices<IPostConfigureOptions<AcmeOptions>>()) last.PostConfigure(null, options);

        Assert.Equal("https://ca.example.test/", options.Providers["local"].Directory);
    }

    [Fact]
    public async Task A_busy_port_is_named_and_the_app_runs_on()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        await using var host = new LocalCaHost("Development", ("LocalCa:Url", $"https://127.0.0.1:{((IPEndPoint)other.LocalEndpoint).Port}/directory"));
        await host.App.StartAsync(Stop);

        Assert.Contains(host.Log, line => line.StartsWith("Error 802", StringComparison.Ordinal) && line.Contains("LocalCa:Url", StringComparison.Ordinal));
        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(host.App.Urls.First(), Stop)).StatusCode);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named_and_the_app_runs_on()
    {
        var file = Path.GetTempFileName();
        try
        {
            await using var host = new LocalCaHost("Development", ("LocalCa:Directory", Path.Combine(file, "local-ca")));
            await host.App.StartAsync(Stop);

            Assert.Contains(host.Log, line => line.StartsWith("Error 803", StringComparison.Ordinal) && line.Contains("LocalCa:Directory", StringComparison.Ordinal));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("LocalCa:Url", "https://192.0.2.1/directory", "LocalCa:Url")]
    [InlineData("LocalCa:Uri", "https://127.0.0.1/directory", "Uri")]
    public async Task A_bad_key_stops_the_start_and_is_named(string key, string value, string named)
    {
        await using var host = new LocalCaHost("Development", (key, value));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => host.App.StartAsync(Stop));

        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_own_certificate_chains_to_the_root_for_every_loopback_name()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        var port = new Uri(Provider(host)!.Directory!).Port;

        foreach (var name in new[] { "localhost", "127.0.0.1", "::1" })
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, port, Stop);
            using var tls = new SslStream(tcp.GetStream());
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name, CertificateChainPolicy = Trust(host) }, Stop);
            Assert.True(tls.IsAuthenticated);
        }
    }

    [Fact]
    public async Task Configured_profiles_are_offered_and_the_revocation_list_is_served()
    {
        await using var host = new LocalCaHost("Development", ("LocalCa:Profiles:shortlived", "6.00:00:00"));
        await host.App.StartAsync(Stop);
        using var client = Client(host);

        var list = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, (await client.UrlAsync("newOrder")).Replace("new-order", "crl", StringComparison.Ordinal)));
        Assert.Equal("Certificates that live 6.00:00:00", (string?)client.Directory!["meta"]!["profiles"]!["shortlived"]);
        Assert.Equal((200, "application/pkix-crl"), (list.Status, list.Header("Content-Type")));
    }

    [Fact]
    public async Task A_running_app_holds_its_CA_as_a_service()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);

        var ca = host.App.Services.GetRequiredService<LocalCaServer>();

        Assert.Equal(Provider(host)!.Directory, ca.DirectoryUrl);
        Assert.Equal(X509CertificateLoader.LoadCertificateFromFile(Provider(host)!.TrustedRootsFile!).RawData, ca.Root.RawData);
        Assert.Same(ca, host.App.Services.GetRequiredService<LocalCaServer>());
    }

    [Theory]
    [InlineData("Development", false)]
    [InlineData("Production", true)]
    public async Task Where_no_CA_runs_whoever_asks_for_it_is_told_so(string environment, bool started)
    {
        await using var host = new LocalCaHost(environment);
        if (started) await host.App.StartAsync(Stop);

        Assert.Contains("LocalCa:Enabled", Assert.Throws<InvalidOperationException>(host.App.Services.GetRequiredService<LocalCaServer>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_pending_asks_for_no_wait_because_loopback_is_near()
    {
        await using var host = new LocalCaHost("Development");
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        Assert.Equal("0", (await client.OrderAsync("app.localhost")).Header("Retry-After"));
    }

    [Fact]
    public async Task What_the_app_says_of_its_CA_goes_before_the_configuration_but_for_the_address()
    {
        var seen = new List<string>();
        await using var host = new LocalCaHost("Development", ("LocalCa:CertificateLifetime", "01:00:00"))
        {
            Behave = options =>
            {
                Assert.Equal(TimeSpan.FromHours(1), options.CertificateLifetime);
                options.DirectoryUrl = "https://elsewhere.test/directory";
                options.RetryAfter = TimeSpan.FromSeconds(5);
                options.Interceptor = (request, next, _) =>
                {
                    seen.Add(request.Resource);
                    return ValueTask.FromResult(next(request));
                };
            },
        };
        await host.App.StartAsync(Stop);
        using var client = Client(host);
        await client.RegisterAsync();

        Assert.Equal("5", (await client.OrderAsync("app.localhost")).Header("Retry-After"));
        Assert.Contains("new-order", seen);
    }

    private static AcmeProviderOptions? Provider(LocalCaHost host) => host.App.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.Providers?.GetValueOrDefault("local");

    private static X509ChainPolicy Trust(LocalCaHost host)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(Provider(host)!.TrustedRootsFile!);
        return policy;
    }

    private static TinyAcmeClient Client(LocalCaHost host) =>
        new(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = Trust(host) } }, Provider(host)!.Directory!);
}
