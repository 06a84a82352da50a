using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

/// <summary>What all clouds with an API have in common, shown of each.</summary>
public sealed class CloudTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Clouds => new("cloudflare", "digitalocean", "hetzner");

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_value_is_added_beside_others_and_removed_alone(string type)
    {
        var cloud = new Cloud(type);
        var provider = cloud.Provider();
        cloud.Add("_acme-challenge.www", "another");

        await provider.CheckAsync(ApiScene.Record, Token);
        Assert.Equal(0, cloud.Api.Changes);
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record with { Value = "second" }, Token);
        Assert.Equal(["another", ApiScene.Value, "second"], cloud.Values("_acme-challenge.www"));

        await provider.RemoveAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);
        Assert.Equal(["another", "second"], cloud.Values("_acme-challenge.www"));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task The_longest_zone_that_fits_is_the_names_own(string type)
    {
        var cloud = new Cloud(type);
        cloud.AddZone("www.shop.test");

        await cloud.Provider().AddAsync(ApiScene.Record, Token);

        Assert.Equal([ApiScene.Value], cloud.Values("_acme-challenge", "www.shop.test"));
        await cloud.Provider().AddAsync(ApiScene.Record with { Name = "shop.test" }, Token);
        Assert.Equal([ApiScene.Value], cloud.Values("@"));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_name_of_no_zone_is_said_before_anything_is_written(string type)
    {
        var cloud = new Cloud(type);

        var fault = await FaultAsync(cloud.Provider().CheckAsync(ApiScene.Record with { Name = "_acme-challenge.example.com" }, Token));

        Assert.Contains("has no zone for _acme-challenge.example.com", fault, StringComparison.Ordinal);
        Assert.DoesNotContain(cloud.Api.Requests, request => request.Path.EndsWith("/com", StringComparison.Ordinal) || request.Path.EndsWith("=com", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task Every_refusal_is_said_in_words_without_the_secret(string type)
    {
        var cloud = new Cloud(type);
        foreach (var (status, words) in new[] { (401, "the credentials are not accepted (401)"), (403, "the credentials may not do this (403)"), (429, "there were too many requests (429); it asks to wait 17 s"), (503, "it has trouble (503); it asks to wait 17 s"), (302, "it redirects (302), which is not followed"), (400, "it answers 400") })
        {
            (cloud.Api.Status, cloud.Api.RetryAfterSeconds) = (status, 17);
            foreach (var calling in new Func<Task>[] { () => cloud.Provider().CheckAsync(ApiScene.Record, Token), () => cloud.Provider().AddAsync(ApiScene.Record, Token), () => cloud.Provider().RemoveAsync(ApiScene.Record, Token) })
            {
                var fault = await FaultAsync(calling());
                Assert.Contains($": {words}: some words of [...]", fault, StringComparison.Ordinal);
                Assert.DoesNotContain(ApiScene.Token, fault, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Names of one order come in the same moment: what is too much then is done a little later.</summary>
    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task What_is_refused_for_now_is_asked_again_when_it_says_so(string type)
    {
        var cloud = new Cloud(type);
        foreach (var status in (int[])[429, 503, 429]) cloud.Api.NotNow.Enqueue(status);
        cloud.Api.RetryAfterSeconds = 2;

        await cloud.Provider().AddAsync(ApiScene.Record, Token);
        cloud.Api.RetryAfterSeconds = null;
        cloud.Api.NotNow.Enqueue(429);
        await cloud.Provider().RemoveAsync(ApiScene.Record, Token);

        Assert.Empty(cloud.Api.NotNow);
        Assert.Empty(cloud.Values("_acme-challenge.www"));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task One_that_asks_for_more_time_than_a_call_has_is_not_waited_for(string type)
    {
        var (cloud, time) = (new Cloud(type), new FakeTimeProvider());
        (cloud.Api.Status, cloud.Api.RetryAfterSeconds) = (429, 61);

        Assert.Contains("it asks to wait 61 s", await FaultAsync(cloud.Provider(time).CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        (cloud.Api.Status, cloud.Api.RetryAfterSeconds) = (503, null);
        Assert.Contains("it has trouble (503)", await FaultAsync(cloud.Provider(time).CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        Assert.Equal(2, cloud.Api.Requests.Count);
    }

    /// <summary>Before the order, when it is written and when it is removed, and for all names that are in it.</summary>
    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_zone_is_looked_for_once_in_an_order(string type)
    {
        var cloud = new Cloud(type);
        var provider = cloud.Provider();
        for (var number = 0; number < 3; number++)
        {
            var record = ApiScene.Record with { Name = $"_acme-challenge.n{number}.shop.test" };
            await provider.CheckAsync(record, Token);
            await provider.AddAsync(record, Token);
            await provider.RemoveAsync(record, Token);
        }

        Assert.Single(cloud.Api.Requests, request => IsFor(request.Path, "shop.test"));
        Assert.Single(cloud.Api.Requests, request => IsFor(request.Path, "n1.shop.test"));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_zone_that_is_made_after_it_was_missed_is_found_at_once_and_one_that_is_gone_after_a_while(string type)
    {
        var (cloud, time) = (new Cloud(type), new FakeTimeProvider());
        var (provider, record) = (cloud.Provider(time), ApiScene.Record with { Name = "_acme-challenge.club.test" });
        await FaultAsync(provider.CheckAsync(record, Token));

        cloud.AddZone("club.test");
        await provider.CheckAsync(record, Token);
        var asked = cloud.Api.Requests.Count;
        await provider.CheckAsync(record, Token);
        Assert.Equal(asked, cloud.Api.Requests.Count);

        time.Advance(TimeSpan.FromMinutes(2));
        cloud.Api.Status = 403;
        await FaultAsync(provider.CheckAsync(record, Token));
    }

    private static bool IsFor(string path, string zone) => path.EndsWith($"={zone}", StringComparison.Ordinal) || path.EndsWith($"/{zone}", StringComparison.Ordinal);

    /// <summary>A token that may read, and may not write.</summary>
    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task Refusals_of_a_change_are_said_in_words(string type)
    {
        var cloud = new Cloud(type);
        cloud.Add("_acme-challenge.www", ApiScene.Value);
        foreach (var (status, words) in new[] { (403, "the credentials may not do this (403)"), (429, "there were too many requests (429); it asks to wait 17 s") })
        {
            (cloud.Api.StatusOfChanges, cloud.Api.RetryAfterSeconds) = (status, 17);
            Assert.Contains($"could not add a record at {ApiScene.Record.Name}: {words}: some words of [...]", await FaultAsync(cloud.Provider().AddAsync(ApiScene.Record with { Value = "second" }, Token)), StringComparison.Ordinal);
            Assert.Contains($"could not remove a record at {ApiScene.Record.Name}: {words}: some words of [...]", await FaultAsync(cloud.Provider().RemoveAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        }

        Assert.Equal([ApiScene.Value], cloud.Values("_acme-challenge.www"));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task Another_token_is_not_accepted(string type)
    {
        var cloud = new Cloud(type);

        var fault = await FaultAsync(ApiScene.Create(type, cloud.Api, ("ApiToken", "another")).CheckAsync(ApiScene.Record, Token));

        Assert.Contains("could not find the zone _acme-challenge.www.shop.test: the credentials are not accepted (401): Unable to authenticate you", fault, StringComparison.Ordinal);
        Assert.Contains("characters that no request can hold", await FaultAsync(ApiScene.Create(type, cloud.Api, ("ApiToken", "a\nb")).CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_page_of_a_proxy_is_no_answer_and_is_not_quoted(string type)
    {
        var cloud = new Cloud(type);
        cloud.Api.Page = "<html>Bad gateway</html>";

        Assert.EndsWith(": it has trouble (502)", await FaultAsync(cloud.Provider().AddAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task One_that_never_answers_is_given_up(string type)
    {
        var (cloud, time) = (new Cloud(type), new FakeTimeProvider());
        cloud.Api.IsSilent = true;
        var adding = cloud.Provider(time).AddAsync(ApiScene.Record, Token);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.EndsWith("does not answer within 30 s", await FaultAsync(adding), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public void Keys_are_checked(string type)
    {
        Assert.Equal(["ApiToken is missing; ApiTokenFile may name a file that holds it."], ApiScene.Problems(type));
        Assert.Equal(
            ["ApiToken and ApiTokenFile are both set: one is enough.", "Endpoint is http, and only a loopback address may be.", "Token is unknown", "Ttl '1' is no whole number from " + (type == "digitalocean" ? "30" : "60") + " to 86400."],
            ApiScene.Problems(type, ("ApiToken", "x"), ("ApiTokenFile", "/x"), ("Endpoint", "http://example.com/"), ("Ttl", "1"), ("Token", "y")));
    }

    [Fact]
    public async Task Two_zones_of_one_name_are_not_guessed_between()
    {
        var api = new FakeCloudflare();
        api.Zones.Add(("z2", "shop.test", "pending"));
        await ApiScene.Create("cloudflare", api, ("ApiToken", ApiScene.Token)).AddAsync(ApiScene.Record, Token);
        Assert.Equal("z1", Assert.Single(api.Records).Zone);

        api.Zones.Add(("z3", "shop.test", "active"));
        Assert.Equal("Cloudflare has 2 zones named shop.test: ZoneId says which one is meant", await FaultAsync(ApiScene.Create("cloudflare", api, ("ApiToken", ApiScene.Token)).CheckAsync(ApiScene.Record, Token)));
        await ApiScene.Create("cloudflare", api, ("ApiToken", ApiScene.Token), ("ZoneId", "z3")).AddAsync(ApiScene.Record, Token);
        Assert.Equal(["z1", "z3"], api.Records.Select(record => record.Zone));
    }

    [Fact]
    public async Task A_record_is_found_behind_hundreds_of_others_with_quotes_or_without()
    {
        var api = new FakeCloudflare();
        for (var i = 0; i < 250; i++) api.Records.Add(($"x{i}", "z1", ApiScene.Record.Name, $"\"{i}\""));
        api.Records.Add(("old", "z1", ApiScene.Record.Name, ApiScene.Value));

        await ApiScene.Create("cloudflare", api, ("ApiToken", ApiScene.Token)).RemoveAsync(ApiScene.Record, Token);

        Assert.Equal(250, api.Records.Count);
        Assert.DoesNotContain(api.Records, record => record.Id == "old");
    }

    [Fact]
    public async Task An_action_that_fails_in_the_end_is_told()
    {
        var cloud = new Cloud("hetzner");
        ((FakeHetzner)cloud.Api).End = "error";

        Assert.Equal($"Hetzner could not add a record at {ApiScene.Record.Name}: The zone is locked", await FaultAsync(cloud.Provider().AddAsync(ApiScene.Record, Token)));
    }

    private static async Task<string> FaultAsync(Task calling)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => calling);
        Assert.True(fault is DnsProviderException or AcmeSecretException, fault.ToString());
        return fault.Message;
    }

    /// <summary>One of the fakes, and what is in its zone.</summary>
    private sealed class Cloud(string type)
    {
        public FakeApi Api { get; } = type switch { "cloudflare" => new FakeCloudflare(), "digitalocean" => new FakeDigitalOcean(), _ => new FakeHetzner() };

        public IDnsProvider Provider(TimeProvider? time = null) => ApiScene.Create(type, Api, time ?? new ImpatientTime(), ("ApiToken", ApiScene.Token));

        public void AddZone(string zone)
        {
            if (Api is FakeCloudflare cloudflare) cloudflare.Zones.Add(("z9", zone, "active"));
            if (Api is FakeDigitalOcean digitalOcean) digitalOcean.Zones.Add(zone);
            if (Api is FakeHetzner hetzner) hetzner.Zones.Add(zone);
        }

        public void Add(string name, string value)
        {
            if (Api is FakeCloudflare cloudflare) cloudflare.Records.Add(("r0", "z1", $"{name}.shop.test", $"\"{value}\""));
            if (Api is FakeDigitalOcean digitalOcean) digitalOcean.Records.Add((1, "shop.test", name, value));
            if (Api is FakeHetzner hetzner) hetzner.Records.Add(("shop.test", name, $"\"{value}\""));
        }

        public IEnumerable<string> Values(string name, string zone = "shop.test") => Api switch
        {
            FakeCloudflare cloudflare => cloudflare.Records.Where(record => record.Name == (name == "@" ? zone : $"{name}.{zone}")).Select(record => record.Content.Trim('"')),
            FakeDigitalOcean digitalOcean => digitalOcean.Records.Where(record => (record.Name, record.Zone) == (name, zone)).Select(record => record.Data),
            FakeHetzner hetzner => hetzner.Records.Where(record => (record.Name, record.Zone) == (name, zone)).Select(record => record.Value.Trim('"')),
            _ => [],
        };
    }
}
