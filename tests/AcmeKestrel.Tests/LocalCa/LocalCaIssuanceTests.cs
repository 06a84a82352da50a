using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class LocalCaIssuanceTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly LocalCaServerOptions _options = new();
    private readonly List<ChallengeProbe> _probes = [];
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private LocalCaServer _ca = null!;
    private TinyAcmeClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _options.TimeProvider = _time;
        _options.Validator = (probe, _) =>
        {
            _probes.Add(probe);
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
        _ca = new LocalCaServer(_options);
        _client = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl);
        Assert.Equal(201, (await _client.RegisterAsync()).Status);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _leafKey.Dispose();
        await _ca.DisposeAsync();
    }

    [Theory]
    [InlineData("http-01", "shop.test", "www.shop.test")]
    [InlineData("tls-alpn-01", "app.localhost", "127.0.0.1", "::1")]
    public async Task A_certificate_is_issued_for_proven_names(string type, params string[] names)
    {
        var order = await _client.OrderAsync(names);
        Assert.Equal(201, order.Status);
        Assert.Equal("pending", (string)order.Json["status"]!);
        Assert.Equal("1", order.Header("Retry-After"));

        var expected = new List<string>();
        await _client.ProveAsync(order, type, (_, answer) => expected.Add(answer));
        Assert.Equal(expected, _probes.Select(p => p.KeyAuthorization));

        var url = order.Header("Location")!;
        Assert.Equal("ready", (string)(await _client.ReadAsync(url)).Json["status"]!);
        var done = await _client.FinalizeAsync(order, TinyAcmeClient.Csr(_leafKey, names));
        Assert.Equal("valid", (string)done.Json["status"]!);

        var download = await _client.ReadAsync((string)done.Json["certificate"]!);
        Assert.Equal("application/pem-certificate-chain", download.Header("Content-Type"));
        AssertChain(download.Body, names);
    }

    [Fact]
    public async Task A_slow_CA_shows_processing_as_often_as_it_is_told()
    {
        _options.ProcessingPolls = 2;
        var order = await ProvenAsync("shop.test");
        var statuses = new List<string> { (string)(await _client.FinalizeAsync(order, TinyAcmeClient.Csr(_leafKey, ["shop.test"]))).Json["status"]! };
        for (var i = 0; i < 3; i++) statuses.Add((string)(await _client.ReadAsync(order.Header("Location")!)).Json["status"]!);

        Assert.Equal(["processing", "processing", "processing", "valid"], statuses);
    }

    [Fact]
    public async Task A_failed_challenge_makes_the_order_invalid_and_says_why()
    {
        _options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody home"));
        var order = await _client.OrderAsync("shop.test");
        await _client.ProveAsync(order, "http-01", (_, _) => { });

        var authorization = await _client.ReadAsync((string)order.Json["authorizations"]![0]!);
        Assert.Equal("invalid", (string)authorization.Json["status"]!);
        var error = Assert.Single(authorization.Json["challenges"]!.AsArray())!["error"]!;
        Assert.Equal("urn:ietf:params:acme:error:connection", (string)error["type"]!);
        Assert.Equal("invalid", (string)(await _client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_order_reuse_knob_decides_whether_a_pending_order_is_returned_again(bool reuse)
    {
        _options.OrderReuse = reuse;
        var first = await _client.OrderAsync("a.test", "b.test");
        var again = await _client.OrderAsync("b.test", "a.test");
        var other = await _client.OrderAsync("a.test");

        Assert.Equal(reuse, first.Header("Location") == again.Header("Location"));
        Assert.NotEqual(first.Header("Location"), other.Header("Location"));
    }

    [Fact]
    public async Task A_proven_name_is_ready_at_once_while_authorizations_are_reused()
    {
        _options.AuthorizationReuse = TimeSpan.FromHours(7);
        await ProvenAsync("shop.test");

        Assert.Equal("ready", (string)(await _client.OrderAsync("shop.test")).Json["status"]!);
        _time.Advance(TimeSpan.FromHours(8));
        Assert.Equal("pending", (string)(await _client.OrderAsync("shop.test")).Json["status"]!);
    }

    [Fact]
    public async Task Deactivating_a_valid_authorization_kills_its_ready_order()
    {
        var order = await ProvenAsync("shop.test");
        Assert.Equal(200, (await _client.PostAsync((string)order.Json["authorizations"]![0]!, """{"status":"deactivated"}""")).Status);

        Assert.Equal("invalid", (string)(await _client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Fact]
    public async Task An_order_expires()
    {
        var order = await _client.OrderAsync("shop.test");
        _time.Advance(_options.OrderLifetime);

        Assert.Equal("invalid", (string)(await _client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Fact]
    public async Task A_certificate_lives_as_long_as_it_is_told()
    {
        _options.CertificateLifetime = TimeSpan.FromHours(1);
        using var leaf = X509Certificate2.CreateFromPem(await CertificateAsync("shop.test"));

        Assert.Equal(_time.GetUtcNow(), leaf.NotBefore);
        Assert.Equal(_time.GetUtcNow().AddHours(1).AddSeconds(-1), leaf.NotAfter);
    }

    [Fact]
    public async Task A_certificate_is_revoked_once_and_by_its_account_or_key_only()
    {
        var revoke = await _client.UrlAsync("revokeCert");
        using var leaf = X509Certificate2.CreateFromPem(await CertificateAsync("shop.test"));
        var certificate = $"\"certificate\":\"{TinyAcmeClient.B64(leaf.RawData)}\"";

        using var stranger = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl);
        await stranger.RegisterAsync();
        Assert.Equal("unauthorized", (await stranger.PostAsync(revoke, $"{{{certificate}}}")).Problem);
        stranger.Kid = null;
        Assert.Equal("unauthorized", (await stranger.PostAsync(revoke, $"{{{certificate}}}")).Problem);

        Assert.Equal("badRevocationReason", (await _client.PostAsync(revoke, $"{{{certificate},\"reason\":7}}")).Problem);
        using var owner = new TinyAcmeClient(_ca.CreateHandler(), _ca.DirectoryUrl) { Key = _leafKey };
        Assert.Equal(200, (await owner.PostAsync(revoke, $"{{{certificate},\"reason\":1}}")).Status);
        Assert.Equal("alreadyRevoked", (await _client.PostAsync(revoke, $"{{{certificate}}}")).Problem);
    }

    [Fact]
    public async Task An_account_lists_its_orders_page_by_page()
    {
        var url = (string)(await _client.ReadAsync(_client.Kid!)).Json["orders"]!;
        for (var i = 0; i < 101; i++) await _client.OrderAsync($"n{i}.test");

        var first = await _client.ReadAsync(url);
        Assert.Equal(100, first.Json["orders"]!.AsArray().Count);
        var next = first.Header("Link")!.Split(", ").Single(l => l.Contains("\"next\"", StringComparison.Ordinal));
        Assert.Single((await _client.ReadAsync(next[1..next.IndexOf('>', StringComparison.Ordinal)])).Json["orders"]!.AsArray());
    }

    [Fact]
    public async Task An_interceptor_counts_and_breaks_requests()
    {
        var seen = new List<string>();
        _options.Interceptor = (request, next, _) =>
        {
            seen.Add(request.Resource);
            var reply = next(request);
            return request.Resource == "new-order" ? throw new HttpRequestException("the line broke") : ValueTask.FromResult(reply);
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.OrderAsync("shop.test"));
        Assert.Equal(["new-nonce", "new-order"], seen);
        _options.Interceptor = null;
        var orders = await _client.ReadAsync((string)(await _client.ReadAsync(_client.Kid!)).Json["orders"]!);
        Assert.Single(orders.Json["orders"]!.AsArray());
    }

    [Fact]
    public async Task A_validation_under_way_ends_with_the_CA()
    {
        var ended = false;
        _options.Validator = async (_, stop) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, _time, stop);
            }
            finally
            {
                ended = true;
            }

            return null;
        };
        var order = await _client.OrderAsync("shop.test");
        var authorization = await _client.ReadAsync((string)order.Json["authorizations"]![0]!);
        var started = await _client.PostAsync((string)authorization.Json["challenges"]![0]!["url"]!, "{}");
        Assert.Equal("processing", (string)started.Json["status"]!);
        Assert.Contains($"<{(string)order.Json["authorizations"]![0]!}>;rel=\"up\"", started.Header("Link"));

        await _ca.DisposeAsync();
        Assert.True(ended);
    }

    private async Task<Reply> ProvenAsync(params string[] names)
    {
        var order = await _client.OrderAsync(names);
        await _client.ProveAsync(order, "http-01", (_, _) => { });
        return order;
    }

    private async Task<string> CertificateAsync(string name)
    {
        var done = await _client.FinalizeAsync(await ProvenAsync(name), TinyAcmeClient.Csr(_leafKey, [name]));
        return (await _client.ReadAsync((string)done.Json["certificate"]!)).Body;
    }

    private void AssertChain(string pem, string[] names)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        Assert.Equal(2, chain.Count);

        using var check = new X509Chain();
        check.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        check.ChainPolicy.CustomTrustStore.Add(_ca.Root);
        check.ChainPolicy.ExtraStore.Add(chain[1]);
        check.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        check.ChainPolicy.VerificationTime = _time.GetUtcNow().AddMinutes(1).UtcDateTime;
        check.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        Assert.True(check.Build(chain[0]), string.Join(", ", check.ChainStatus.Select(s => s.StatusInformation)));

        var san = chain[0].Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.True(san.Critical);
        Assert.Equal(names.Order(), san.EnumerateDnsNames().Concat(san.EnumerateIPAddresses().Select(a => a.ToString())).Order());
        Assert.Equal(_leafKey.ExportSubjectPublicKeyInfo(), chain[0].PublicKey.ExportSubjectPublicKeyInfo());
    }
}
