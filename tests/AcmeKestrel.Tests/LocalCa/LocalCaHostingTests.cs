using System.Net;
using System.Net.NetworkInformation;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
