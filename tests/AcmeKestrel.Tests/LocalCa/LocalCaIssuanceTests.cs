using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class LocalCaIssuanceTests : LocalCaRegisteredTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly List<ChallengeProbe> _probes = [];
    private readonly ECDsa _leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public LocalCaIssuanceTests()
    {
        Options.TimeProvider = _time;
        Options.Validator = (probe, _) =>
        {
            _probes.Add(probe);
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
    }

    public override async ValueTask DisposeAsync()
    {
        _leafKey.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData("http-01", "shop.test", "www.shop.test")]
    [InlineData("tls-alpn-01", "app.localhost", "127.0.0.1", "::1")]
    public async Task A_certificate_is_issued_for_proven_names(string type, params string[] names)
    {
        var order = await Client.OrderAsync(names);
        Assert.Equal(201, order.Status);
        Assert.Equal("pending", (string)order.Json["status"]!);
        Assert.Equal("1", order.Header("Retry-After"));

        var expected = new List<string>();
        await Client.ProveAsync(order, type, (_, answer) => expected.Add(answer));
        Assert.Equal(expected, _probes.Select(p => p.KeyAuthorization));

        var url = order.Header("Location")!;
        Assert.Equal("ready", (string)(await Client.ReadAsync(url)).Json["status"]!);
        var done = await Client.FinalizeAsync(order, TinyAcmeClient.Csr(_leafKey, names));
        Assert.Equal("valid", (string)done.Json["status"]!);

        var download = await Client.ReadAsync((string)done.Json["certificate"]!);
        Assert.Equal("application/pem-certificate-chain", download.Header("Content-Type"));
        AssertChain(download.Body, names);
    }

    [Fact]
    public async Task A_slow_CA_shows_processing_as_often_as_it_is_told()
    {
        Options.ProcessingPolls = 2;
        var order = await ProvenAsync("shop.test");
        var statuses = new List<string> { (string)(await Client.FinalizeAsync(order, TinyAcmeClient.Csr(_leafKey, ["shop.test"]))).Json["status"]! };
        for (var i = 0; i < 3; i++) statuses.Add((string)(await Client.ReadAsync(order.Header("Location")!)).Json["status"]!);

        Assert.Equal(["processing", "processing", "processing", "valid"], statuses);
    }

    [Fact]
    public async Task A_failed_challenge_makes_the_order_invalid_and_says_why()
    {
        Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody home"));
        var order = await Client.OrderAsync("shop.test");
        await Client.ProveAsync(order, "http-01", (_, _) => { });

        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        Assert.Equal("invalid", (string)authorization.Json["status"]!);
        var error = Assert.Single(authorization.Json["challenges"]!.AsArray())!["error"]!;
        Assert.Equal("urn:ietf:params:acme:error:connection", (string)error["type"]!);
        Assert.Equal("invalid", (string)(await Client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_order_reuse_knob_decides_whether_a_pending_order_is_returned_again(bool reuse)
    {
        Options.OrderReuse = reuse;
        var first = await Client.OrderAsync("a.test", "b.test");
        var again = await Client.OrderAsync("b.test", "a.test");
        var other = await Client.OrderAsync("a.test");

        Assert.Equal(reuse, first.Header("Location") == again.Header("Location"));
        Assert.NotEqual(first.Header("Location"), other.Header("Location"));
    }

    [Fact]
    public async Task A_proven_name_is_ready_at_once_while_authorizations_are_reused()
    {
        Options.AuthorizationReuse = TimeSpan.FromHours(7);
        await ProvenAsync("shop.test");

        Assert.Equal("ready", (string)(await Client.OrderAsync("shop.test")).Json["status"]!);
        _time.Advance(TimeSpan.FromHours(8));
        Assert.Equal("pending", (string)(await Client.OrderAsync("shop.test")).Json["status"]!);
    }

    [Fact]
    public async Task Deactivating_a_valid_authorization_kills_its_ready_order()
    {
        var order = await ProvenAsync("shop.test");
        Assert.Equal(200, (await Client.PostAsync((string)order.Json["authorizations"]![0]!, """{"status":"deactivated"}""")).Status);

        Assert.Equal("invalid", (string)(await Client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Fact]
    public async Task An_order_expires()
    {
        var order = await Client.OrderAsync("shop.test");
        _time.Advance(Options.OrderLifetime);

        Assert.Equal("invalid", (string)(await Client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Fact]
    public async Task A_certificate_lives_as_long_as_it_is_told()
    {
        Options.CertificateLifetime = TimeSpan.FromHours(1);
        using var leaf = X509Certificate2.CreateFromPem(await CertificateAsync("shop.test"));

        Assert.Equal(_time.GetUtcNow(), leaf.NotBefore);
        Assert.Equal(_time.GetUtcNow().AddHours(1).AddSeconds(-1), leaf.NotAfter);
    }

    [Fact]
    public async Task A_certificate_is_revoked_once_and_by_its_account_or_key_only()
    {
        var revoke = await Client.UrlAsync("revokeCert");
        using var leaf = X509Certificate2.CreateFromPem(await CertificateAsync("shop.test"));
        var certificate = $"\"certificate\":\"{TinyAcmeClient.B64(leaf.RawData)}\"";

        using var stranger = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        await stranger.RegisterAsync();
        Assert.Equal("unauthorized", (await stranger.PostAsync(revoke, $"{{{certificate}}}")).Problem);
        stranger.Kid = null;
        Assert.Equal("unauthorized", (await stranger.PostAsync(revoke, $"{{{certificate}}}")).Problem);

        Assert.Equal("badRevocationReason", (await Client.PostAsync(revoke, $"{{{certificate},\"reason\":7}}")).Problem);
        using var owner = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl) { Key = _leafKey };
        Assert.Equal(200, (await owner.PostAsync(revoke, $"{{{certificate},\"reason\":1}}")).Status);
        Assert.Equal("alreadyRevoked", (await Client.PostAsync(revoke, $"{{{certificate}}}")).Problem);
    }

    [Fact]
    public async Task An_account_lists_its_orders_page_by_page()
    {
        var url = (string)(await Client.ReadAsync(Client.Kid!)).Json["orders"]!;
        for (var i = 0; i < 101; i++) await Client.OrderAsync($"n{i}.test");

        var first = await Client.ReadAsync(url);
        Assert.Equal(100, first.Json["orders"]!.AsArray().Count);
        var next = first.Header("Link")!.Split(", ").Single(l => l.Contains("\"next\"", StringComparison.Ordinal));
        Assert.Single((await Client.ReadAsync(next[1..next.IndexOf('>', StringComparison.Ordinal)])).Json["orders"]!.AsArray());
    }

    [Fact]
    public async Task An_interceptor_counts_and_breaks_requests()
    {
        var seen = new List<string>();
        Options.Interceptor = (request, next, _) =>
        {
            seen.Add(request.Resource);
            var reply = next(request);
            return request.Resource == "new-order" ? throw new HttpRequestException("the line broke") : ValueTask.FromResult(reply);
        };

        await Assert.ThrowsAsync<HttpRequestException>(() => Client.OrderAsync("shop.test"));
        Assert.Equal(["new-nonce", "new-order"], seen);
        Options.Interceptor = null;
        var orders = await Client.ReadAsync((string)(await Client.ReadAsync(Client.Kid!)).Json["orders"]!);
        Assert.Single(orders.Json["orders"]!.AsArray());
    }

    [Fact]
    public async Task A_validation_under_way_ends_with_the_CA()
    {
        var ended = false;
        Options.Validator = async (_, stop) =>
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
        var order = await Client.OrderAsync("shop.test");
        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        var started = await Client.PostAsync((string)authorization.Json["challenges"]![0]!["url"]!, "{}");
        Assert.Equal("processing", (string)started.Json["status"]!);
        Assert.Contains($"<{(string)order.Json["authorizations"]![0]!}>;rel=\"up\"", started.Header("Link"));

        await Ca.DisposeAsync();
        Assert.True(ended);
    }

    private async Task<Reply> ProvenAsync(params string[] names)
    {
        var order = await Client.OrderAsync(names);
        await Client.ProveAsync(order, "http-01", (_, _) => { });
        return order;
    }

    private async Task<string> CertificateAsync(string name)
    {
        var done = await Client.FinalizeAsync(await ProvenAsync(name), TinyAcmeClient.Csr(_leafKey, [name]));
        return (await Client.ReadAsync((string)done.Json["certificate"]!)).Body;
    }

    private void AssertChain(string pem, string[] names)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        Assert.Equal(2, chain.Count);

        using var check = new X509Chain();
        check.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        check.ChainPolicy.CustomTrustStore.Add(Ca.Root);
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
