using System.Globalization;
using System.Security.Cryptography;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>What a test turns while the CA runs, seen over HTTP.</summary>
public sealed class LocalCaKnobTests : LocalCaRegisteredTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public LocalCaKnobTests() => Options.TimeProvider = _time;

    [Fact]
    public async Task Changed_terms_are_met_with_the_place_to_agree_at_until_the_owner_agrees()
    {
        var order = await Client.OrderAsync("shop.test");
        Options.TermsOfService = "https://ca.test/terms-2";

        foreach (var url in new[] { Client.Kid!, order.Header("Location")!, (string)order.Json["authorizations"]![0]!, await Client.UrlAsync("keyChange") })
        {
            var reply = await Client.ReadAsync(url);
            Assert.Equal((403, "userActionRequired"), (reply.Status, reply.Problem));
            Assert.Contains("<https://ca.test/terms-2>;rel=\"terms-of-service\"", reply.Header("Link"), StringComparison.Ordinal);
            var instance = await Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, (string)reply.Json["instance"]!));
            Assert.Equal(200, instance.Status);
        }

        var kid = Client.Kid!;
        Client.Kid = null;
        var found = await Client.RegisterAsync("""{"onlyReturnExisting":true}""");
        Assert.Equal((200, false), (found.Status, (bool)found.Json["termsOfServiceAgreed"]!));

        Ca.AgreeToTerms(kid);
        Assert.True((bool)(await Client.ReadAsync(kid)).Json["termsOfServiceAgreed"]!);
        using var late = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        await late.UrlAsync("newOrder");
        Assert.Equal("https://ca.test/terms-2", (string)late.Directory!["meta"]!["termsOfService"]!);
    }

    [Fact]
    public async Task Only_a_valid_account_agrees()
    {
        Assert.Throws<ArgumentException>(() => Ca.AgreeToTerms("https://ca.test/account/nobody"));
        Assert.Throws<ArgumentException>(() => Ca.AgreeToTerms("https://ca2.test/account/x"));
        await Client.PostAsync(Client.Kid!, """{"status":"deactivated"}""");
        Assert.Throws<ArgumentException>(() => Ca.AgreeToTerms(Client.Kid!));
    }

    [Theory]
    [InlineData(LocalCaTermsRefusal.UserActionRequired, 403, "userActionRequired", true)]
    [InlineData(LocalCaTermsRefusal.AgreementRequired, 403, "agreementRequired", true)]
    [InlineData(LocalCaTermsRefusal.Malformed, 400, "malformed", false)]
    public async Task Refused_terms_come_in_three_shapes(LocalCaTermsRefusal shape, int status, string problem, bool linked)
    {
        Options.TermsRefusal = shape;
        using var client = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        var reply = await client.RegisterAsync("{}");

        Assert.Equal((status, problem), (reply.Status, reply.Problem));
        Assert.Equal(linked, reply.Header("Link")!.Contains("<https://ca.test/terms>;rel=\"terms-of-service\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_list_has_pages_as_long_as_a_test_wants()
    {
        Options.OrdersPerPage = 2;
        for (var i = 0; i < 5; i++) await Client.OrderAsync($"n{i}.test");

        var (url, sizes, seen) = ((string?)(await Client.ReadAsync(Client.Kid!)).Json["orders"], new List<int>(), new HashSet<string>());
        while (url is not null)
        {
            var page = await Client.ReadAsync(url);
            sizes.Add(page.Json["orders"]!.AsArray().Count);
            seen.UnionWith(page.Json["orders"]!.AsArray().Select(o => (string)o!));
            url = page.Headers["Link"].SingleOrDefault(l => l.EndsWith("rel=\"next\"", StringComparison.Ordinal))?.Split('<', '>')[1];
        }

        Assert.Equal([2, 2, 1], sizes);
        Assert.Equal(5, seen.Count);
    }

    [Fact]
    public async Task Every_post_meets_a_bad_nonce_and_nothing_happens()
    {
        var order = await Client.OrderAsync("shop.test");
        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        string[] urls =
        [
            await Client.UrlAsync("newOrder"), await Client.UrlAsync("revokeCert"), await Client.UrlAsync("keyChange"), Client.Kid!, (string)(await Client.ReadAsync(Client.Kid!)).Json["orders"]!,
            order.Header("Location")!, (string)order.Json["finalize"]!, (string)order.Json["authorizations"]![0]!, (string)authorization.Json["challenges"]![0]!["url"]!, "https://ca.test/certificate/x",
        ];

        Options.BadNonceRate = 1;
        foreach (var url in urls)
        {
            var reply = await Client.PostAsync(url, "{}");
            Assert.True((400, "badNonce") == (reply.Status, reply.Problem) && reply.Nonce is not null, $"{url}: {reply.Body}");
        }

        using var newcomer = new TinyAcmeClient(Ca.CreateHandler(), Ca.DirectoryUrl);
        Assert.Equal("badNonce", (await newcomer.RegisterAsync()).Problem);
        Options.BadNonceRate = 0;
        Assert.Equal("pending", (string)(await Client.ReadAsync(order.Header("Location")!)).Json["status"]!);
    }

    [Fact]
    public async Task Requests_wait_on_the_CAs_own_clock()
    {
        var seen = new List<string>();
        Options.Interceptor = (request, next, _) =>
        {
            seen.Add(request.Resource);
            return ValueTask.FromResult(next(request));
        };
        Options.Delay = request => request.Resource == "new-order" ? TimeSpan.FromSeconds(20) : TimeSpan.Zero;

        var slow = Client.OrderAsync("shop.test");
        Assert.Equal(["new-nonce"], seen);
        _time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(slow.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(201, (await slow).Status);
        Assert.Equal(["new-nonce", "new-order"], seen);
    }

    [Fact]
    public async Task A_client_that_gives_up_waiting_has_asked_nothing()
    {
        Options.Delay = _ => TimeSpan.FromSeconds(20);
        using var stop = new CancellationTokenSource();
        var waiting = Ca.HandleAsync(new LocalCaRequest("GET", "/directory", null, default), stop.Token).AsTask();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_answer_to_finalize_tells_the_orders_url_or_not(bool told)
    {
        Options.FinalizeLocation = told;
        var order = await Client.OrderAsync("shop.test");
        await Client.ProveAsync(order, "http-01", (_, _) => { });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var reply = await Client.FinalizeAsync(order, TinyAcmeClient.Csr(key, ["shop.test"]));

        Assert.Equal(told ? order.Header("Location") : null, reply.Header("Location"));
    }

    [Fact]
    public async Task Names_and_authorizations_come_shuffled_at_each_look()
    {
        string[] names = [.. Enumerable.Range(0, 30).Select(i => $"n{i:00}.test")];
        var order = await Client.OrderAsync(names);
        Assert.Equal(names, Names(order));

        Options.ShuffleAuthorizations = true;
        var (first, second) = (await Client.ReadAsync(order.Header("Location")!), await Client.ReadAsync(order.Header("Location")!));
        Assert.NotEqual(Names(first), Names(second));
        Assert.Equal(names, Names(first).Order());
        Assert.NotEqual(Authorizations(first), Authorizations(second));
        Assert.Equal(Authorizations(order).Order(), Authorizations(first).Order());

        static List<string> Names(Reply reply) => [.. reply.Json["identifiers"]!.AsArray().Select(i => (string)i!["value"]!)];
        static List<string> Authorizations(Reply reply) => [.. reply.Json["authorizations"]!.AsArray().Select(a => (string)a!)];
    }

    [Theory]
    [InlineData(LocalCaRetryAfter.Seconds, "1801")]
    [InlineData(LocalCaRetryAfter.Date, "Sun, 01 Mar 2026 12:30:01 GMT")]
    [InlineData(LocalCaRetryAfter.Absent, null)]
    public async Task A_limit_says_when_to_come_back_in_the_form_that_a_test_wants(LocalCaRetryAfter form, string? expected)
    {
        Options.RateLimits = new LocalCaRateLimits { NewOrders = new LocalCaRateLimit(1, new TimeSpan(0, 30, 0) + TimeSpan.FromMilliseconds(1)), RetryAfter = form };
        Assert.Equal(201, (await Client.OrderAsync("shop.test")).Status);
        var reply = await Client.OrderAsync("shop.test");

        Assert.Equal((429, "rateLimited", expected), (reply.Status, reply.Problem, reply.Header("Retry-After")));
        Assert.Contains("<https://ca.test/limits>;rel=\"help\"", reply.Header("Link"), StringComparison.Ordinal);
        Assert.Equal(200, (await Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://ca.test/limits"))).Status);

        // Who comes back at the moment that was told is not too early.
        if (form == LocalCaRetryAfter.Date) _time.SetUtcNow(DateTimeOffset.ParseExact(expected!, "r", CultureInfo.InvariantCulture));
        else _time.Advance(TimeSpan.FromSeconds(1801));
        Assert.Equal(201, (await Client.OrderAsync("shop.test")).Status);
    }

    [Fact]
    public async Task A_wildcard_is_proven_by_dns_and_certified()
    {
        ChallengeProbe? seen = null;
        Options.Validator = (probe, _) =>
        {
            seen = probe;
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
        var order = await Client.OrderAsync("*.shop.test");
        var authorization = await Client.ReadAsync((string)order.Json["authorizations"]![0]!);
        Assert.Equal(("shop.test", true), ((string)authorization.Json["identifier"]!["value"]!, (bool)authorization.Json["wildcard"]!));
        Assert.Null((await Client.ReadAsync((string)(await Client.OrderAsync("shop.test")).Json["authorizations"]![0]!)).Json["wildcard"]);

        await Client.ProveAsync(order, "dns-01", (_, _) => { });
        Assert.Equal(("dns-01", "shop.test"), (seen!.Type, seen.Identifier));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var done = await Client.FinalizeAsync(order, TinyAcmeClient.Csr(key, ["*.shop.test"]));
        using var leaf = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem((await Client.ReadAsync((string)done.Json["certificate"]!)).Body);
        Assert.True(leaf.MatchesHostname("www.shop.test"));
        Assert.False(leaf.MatchesHostname("shop.test"));
    }
}
