using System.Collections.Concurrent;
using AcmeKestrel.Dns.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

/// <summary>Azure, Google and Route 53, over sockets, with their vendors' libraries getting the credentials.</summary>
public sealed class WholeSetCloudTests(Identities identities) : IClassFixture<Identities>
{
    private const string Set = "_acme-challenge.www in shop.test";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Clouds => new("azure", "google", "route53");

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task A_value_is_added_beside_others_and_removed_alone(string type)
    {
        await using var cloud = await StartAsync(type);
        var (provider, sets) = (cloud.Provider, cloud.Sets.Sets);
        await provider.CheckAsync(ApiScene.Record, Token);
        Assert.Empty(sets);

        await provider.AddAsync(ApiScene.Record, Token);
        Assert.Equal([ApiScene.Value], sets[Set]);
        sets[Set] = ["another+in two parts", ApiScene.Value];
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record with { Value = "second" }, Token);
        Assert.Equal(["another+in two parts", ApiScene.Value, "second"], sets[Set]);

        await provider.RemoveAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);
        Assert.Equal(["another+in two parts", "second"], sets[Set]);
        sets[Set] = ["second"];
        await provider.RemoveAsync(ApiScene.Record with { Value = "second" }, Token);
        Assert.Empty(sets);
        Assert.Contains(type switch { "azure" => "/msi", "google" => "/token", _ => "/role" }, identities.Asked);
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task What_somebody_else_writes_meanwhile_stays(string type)
    {
        await using var cloud = await StartAsync(type);
        var sets = cloud.Sets.Sets;

        cloud.Sets.BeforeWrite = () => sets[Set] = ["faster"];
        await cloud.Provider.AddAsync(ApiScene.Record, Token);
        Assert.Equal(["faster", ApiScene.Value], sets[Set]);

        cloud.Sets.BeforeWrite = () => sets[Set] = ["faster", ApiScene.Value, "again"];
        await cloud.Provider.RemoveAsync(ApiScene.Record, Token);
        Assert.Equal(["faster", "again"], sets[Set]);

        cloud.Sets.BeforeWrite = Always;
        var fault = await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record, Token));
        Assert.StartsWith($"The records at {ApiScene.Record.Name} were changed by somebody else each time they were written, 8 times; at last ", fault, StringComparison.Ordinal);
        Assert.Contains($"could not write the records at {ApiScene.Record.Name}: it answers 4", fault, StringComparison.Ordinal);

        void Always()
        {
            sets[Set] = [Guid.NewGuid().ToString("N")];
            cloud.Sets.BeforeWrite = Always;
        }
    }

    [Theory]
    [InlineData("azure", "Azure DNS", "it answers 412: some words of [...] (some_code)")]
    [InlineData("google", "Google Cloud DNS", "it answers 412: some words of [...]")]
    [InlineData("route53", "Route 53", "it answers 400: Invalid resource record; FATAL problem (InvalidChangeBatch)")]
    public async Task What_is_refused_though_nobody_has_changed_anything_is_said_in_the_services_words(string type, string service, string words)
    {
        await using var cloud = await StartAsync(type);
        cloud.RefuseChanges(412);

        Assert.Equal($"{service} could not write the records at {ApiScene.Record.Name}: {words}", await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record, Token)));
    }

    /// <summary>A set is written as a whole: what cannot be read of it would be lost.</summary>
    [Theory]
    [InlineData("azure", "\"half\"", "\"\\ud83d\"")]
    [InlineData("azure", "[\"half\"]", "7")]
    [InlineData("google", "half", "\\ud83d")]
    [InlineData("google", "\"\\u0022half\\u0022\"", "7")]
    public async Task A_set_with_a_value_that_is_no_text_is_left_alone(string type, string text, string by)
    {
        await using var cloud = await StartAsync(type);
        cloud.Sets.Sets[Set] = ["another", "half"];
        ((FakeApi)cloud.Sets).Mangle = answer => answer.Replace(text, by, StringComparison.Ordinal);

        Assert.Equal($"The records at {ApiScene.Record.Name} are left as they are: a value among them is no text", await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record, Token)));
        Assert.Equal(["another", "half"], cloud.Sets.Sets[Set]);
    }

    /// <summary>An account has five requests a second, and a zone one change at a time: what the names of one order do to each other.</summary>
    [Fact]
    public async Task Route53_is_asked_again_when_it_cannot_now()
    {
        await using var cloud = await StartAsync("route53");
        var fake = (FakeRoute53)cloud.Sets;
        foreach (var code in new[] { "Throttling", "PriorRequestNotComplete", "Throttling" }) fake.NotNow.Enqueue(code);
        fake.NotNowOfChanges.Enqueue("PriorRequestNotComplete");
        fake.NotNowOfChanges.Enqueue("Throttling");
        fake.BeforeWrite = () => fake.Sets[Set] = ["faster"];

        await cloud.Provider.AddAsync(ApiScene.Record, Token);

        Assert.Equal(["faster", ApiScene.Value], fake.Sets[Set]);
        Assert.Equal(4, fake.Changes);
    }

    [Theory]
    [InlineData("Throttling", "there were too many requests (400): Rate exceeded (Throttling)")]
    [InlineData("PriorRequestNotComplete", "it answers 400: The request was rejected because Route 53 was still processing a prior request. (PriorRequestNotComplete)")]
    public async Task Route53_that_never_can_is_said_in_its_words(string code, string words)
    {
        await using var cloud = await StartAsync("route53");
        var fake = (FakeRoute53)cloud.Sets;
        for (var i = 0; i < 100; i++) fake.NotNowOfChanges.Enqueue(code);

        Assert.Equal($"Route 53 could not write the records at {ApiScene.Record.Name}: {words}", await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record, Token)));
        Assert.Equal(6, fake.Changes);
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task The_longest_zone_is_the_names_own_and_none_is_said(string type)
    {
        await using var cloud = await StartAsync(type);
        cloud.Sets.Zones.Add(("z9", "www.shop.test"));

        await cloud.Provider.AddAsync(ApiScene.Record, Token);
        await cloud.Provider.AddAsync(ApiScene.Record with { Name = "shop.test" }, Token);

        Assert.Equal(["@ in shop.test", "_acme-challenge in www.shop.test"], cloud.Sets.Sets.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("zone for _acme-challenge.example.com", await FaultAsync(cloud.Provider.CheckAsync(ApiScene.Record with { Name = "_acme-challenge.example.com" }, Token)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("google", "Google Cloud DNS has 2 zones for shop.test: zone-1, other; Zone says which one is meant")]
    [InlineData("route53", "Route 53 has 2 zones named shop.test: Z1, other; ZoneId says which one is meant")]
    public async Task Two_zones_of_one_name_are_not_guessed_between(string type, string words)
    {
        await using var cloud = await StartAsync(type);
        cloud.Sets.Zones.Add(("other", "shop.test"));

        Assert.Equal(words, await FaultAsync(cloud.Provider.CheckAsync(ApiScene.Record, Token)));
    }

    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task Refusals_are_said_in_words(string type)
    {
        await using var cloud = await StartAsync(type);
        foreach (var (status, words) in new[] { (401, "the credentials are not accepted (401)"), (403, "the credentials may not do this (403)"), (429, "there were too many requests (429); it asks to wait 17 s"), (503, "it has trouble (503); it asks to wait 17 s") })
        {
            cloud.Refuse(status);
            var fault = await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record, Token));
            Assert.Contains($"could not find the zone _acme-challenge.www.shop.test: {Said(type, words)}: ", fault, StringComparison.Ordinal);
            Assert.DoesNotContain("-token", fault, StringComparison.Ordinal);
            Assert.DoesNotContain(Identities.AwsSecret, fault, StringComparison.Ordinal);
        }
    }

    /// <summary>Who may read, and may not write.</summary>
    [Theory]
    [MemberData(nameof(Clouds))]
    public async Task Refusals_of_a_change_are_said_in_words(string type)
    {
        await using var cloud = await StartAsync(type);
        cloud.Sets.Sets[Set] = ["another", ApiScene.Value];
        foreach (var (status, words) in new[] { (403, "the credentials may not do this (403)"), (429, "there were too many requests (429); it asks to wait 17 s") })
        {
            cloud.RefuseChanges(status);
            foreach (var fault in new[] { await FaultAsync(cloud.Provider.AddAsync(ApiScene.Record with { Value = "second" }, Token)), await FaultAsync(cloud.Provider.RemoveAsync(ApiScene.Record, Token)) })
            {
                Assert.Contains($"could not write the records at {ApiScene.Record.Name}: {Said(type, words)}: ", fault, StringComparison.Ordinal);
                Assert.DoesNotContain("-token", fault, StringComparison.Ordinal);
                Assert.DoesNotContain(Identities.AwsSecret, fault, StringComparison.Ordinal);
            }
        }

        Assert.Equal(["another", ApiScene.Value], cloud.Sets.Sets[Set]);
    }

    [Theory]
    [InlineData("azure", "Azure DNS")]
    [InlineData("google", "Google Cloud DNS")]
    [InlineData("route53", "Route 53")]
    public async Task One_that_takes_the_request_and_never_answers_is_given_up(string type, string service)
    {
        using var silence = new Silence();
        await using var server = await LoopbackServer.StartAsync(silence);
        var (provider, time) = Silent(type, server.Url, identities.GoogleFile);
        var calling = provider.AddAsync(ApiScene.Record, Token);
        await silence.Asked.WaitAsync(Token);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal($"{service} does not answer within 30 s", await FaultAsync(calling));
    }

    /// <summary>By whichever family of addresses answers.</summary>
    [Theory]
    [InlineData("azure", "/msi")]
    [InlineData("google", "/token")]
    public async Task Who_has_the_credentials_is_reached_as_the_service_is(string type, string path)
    {
        await using var server = await LoopbackServer.StartAsync(type == "azure" ? new FakeAzureDns() : new FakeGoogleDns());
        using var road = new Road();

        // Each package has a transport of its own.
        var transport = (type == "azure" ? typeof(AcmeAzureDnsBuilderExtensions) : typeof(AcmeGoogleDnsBuilderExtensions)).Assembly.GetType(typeof(ApiTransport).FullName!)!;
        await ApiScene.Create(type, services => services.AddSingleton(transport, Activator.CreateInstance(transport, road, TimeProvider.System)!), Keys(type, server.Url, identities.GoogleFile)).CheckAsync(ApiScene.Record, Token);

        Assert.Contains(path, road.Passed);
    }

    /// <summary>The vendor's library would wait for minutes.</summary>
    [Theory]
    [InlineData("azure", "Azure")]
    [InlineData("google", "Google")]
    [InlineData("route53", "AWS")]
    public async Task Credentials_that_never_come_are_given_up(string type, string vendor)
    {
        using var silence = new Silence();
        await using var server = await LoopbackServer.StartAsync(silence);
        await using var home = await Identities.OfAsync(server.Url);
        var (provider, time) = Silent(type, server.Url, home.GoogleFile);
        var calling = provider.AddAsync(ApiScene.Record, Token);
        Assert.Equal(type switch { "azure" => "/msi", "google" => "/token", _ => "/role" }, await silence.Asked.WaitAsync(Token));

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal($"{vendor} gives no credentials within 30 s", await FaultAsync(calling));
    }

    /// <summary>The library finds these once in a process and keeps them, so there is one test of them: no other one gives no file.</summary>
    [Fact]
    public async Task Googles_application_default_credentials_are_good_as_well()
    {
        await using var server = await LoopbackServer.StartAsync(new FakeGoogleDns());
        var before = identities.Asked.Count(path => path == "/token");

        await ApiScene.Create("google", _ => { }, ("Endpoint", $"{server.Url}/dns/v1"), ("Project", "p1")).CheckAsync(ApiScene.Record, Token);

        Assert.Equal(before + 1, identities.Asked.Count(path => path == "/token"));
    }

    [Fact]
    public async Task Keys_of_the_configuration_sign_as_well()
    {
        await using var server = await LoopbackServer.StartAsync(new FakeRoute53());

        await ApiScene.Create("route53", _ => { }, ("Endpoint", server.Url), ("AccessKeyId", "AKIDEXAMPLE"), ("SecretAccessKey", Identities.AwsSecret)).CheckAsync(ApiScene.Record, Token);
        var fault = await FaultAsync(ApiScene.Create("route53", _ => { }, ("Endpoint", server.Url), ("AccessKeyId", "AKIDEXAMPLE"), ("SecretAccessKey", "another")).CheckAsync(ApiScene.Record, Token));

        Assert.Contains("the credentials may not do this (403): The request signature we calculated does not match", fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_that_are_not_there_are_said()
    {
        var file = $"{identities.GoogleFile}.odd";
        var provider = ApiScene.Create("google", _ => { }, ("Project", "p1"), ("CredentialsFile", file));
        Assert.Contains("cannot be read", await FaultAsync(provider.CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        foreach (var odd in new[] { "{", "{}", """{"type":"odd"}""", """{"type":"service_account"}""" })
        {
            await File.WriteAllTextAsync(file, odd, Token);
            Assert.StartsWith("Google gives no credentials: ", await FaultAsync(provider.CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_are_checked()
    {
        Assert.Equal(["ResourceGroup is missing.", "SubscriptionId is missing."], ApiScene.Problems("azure"));
        Assert.Equal(["Project is missing."], ApiScene.Problems("google"));
        Assert.Equal(["SecretAccessKey is missing beside AccessKeyId; SecretAccessKeyFile may name a file that holds it."], ApiScene.Problems("route53", ("AccessKeyId", "x")));
    }

    /// <summary>Route 53 says by a code that there were too many requests.</summary>
    private static string Said(string type, string words) => type == "route53" ? words.Replace("(429)", "(400)", StringComparison.Ordinal) : words;

    private async Task<Cloud> StartAsync(string type)
    {
        HttpMessageHandler handler = type switch { "azure" => new FakeAzureDns(), "google" => new FakeGoogleDns(), _ => new FakeRoute53() };
        var server = await LoopbackServer.StartAsync(handler);
        return new Cloud(server, handler, ApiScene.Create(type, services => services.AddSingleton<TimeProvider>(new ImpatientTime()), Keys(type, server.Url, identities.GoogleFile)));
    }

    private static (IDnsProvider Provider, FakeTimeProvider Time) Silent(string type, string url, string googleFile)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        return (ApiScene.Create(type, services => services.AddSingleton<TimeProvider>(time), Keys(type, url, googleFile)), time);
    }

    private static (string, string)[] Keys(string type, string url, string googleFile) => type switch
    {
        "azure" => [("Endpoint", url), ("SubscriptionId", "s1"), ("ResourceGroup", "g1")],
        "google" => [("Endpoint", $"{url}/dns/v1"), ("Project", "p1"), ("CredentialsFile", googleFile)],
        _ => [("Endpoint", url)],
    };

    private static async Task<string> FaultAsync(Task calling)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => calling);
        Assert.True(fault is DnsProviderException or AcmeSecretException, fault.ToString());
        return fault.Message;
    }

    private sealed class Cloud(LoopbackServer server, HttpMessageHandler handler, IDnsProvider provider) : IAsyncDisposable
    {
        public IDnsProvider Provider => provider;

        public IWholeSets Sets => (IWholeSets)handler;

        public void Refuse(int status)
        {
            if (handler is FakeApi api) (api.Status, api.RetryAfterSeconds) = (status, 17);
            if (handler is FakeRoute53 route53) route53.Status = status;
        }

        /// <param name="status">412: since the values are not what they were, which Route 53 says by a code.</param>
        public void RefuseChanges(int status)
        {
            if (handler is FakeApi api) (api.StatusOfChanges, api.RetryAfterSeconds) = (status, 17);
            if (handler is not FakeRoute53 route53) return;
            route53.StatusOfChanges = status == 412 ? null : status;
            route53.Wrong = status == 412 ? ["Invalid resource record", "FATAL problem"] : null;
        }

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }

    /// <summary>Keeps what passes it.</summary>
    private sealed class Road() : DelegatingHandler(new SocketsHttpHandler())
    {
        public ConcurrentBag<string> Passed { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Passed.Add(request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
