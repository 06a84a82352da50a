using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Management;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Certificates;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Management;

/// <summary>What one label's status tells beyond a list, and what it costs.</summary>
public sealed class CertificateDetailsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestStore _store;
    private readonly TestCa _ca;

    public CertificateDetailsTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_served_certificate_is_told_with_its_fingerprint_and_its_chain()
    {
        await using var edge = await StartAsync(_store, Wishes.Of("shop.test", ["shop.test", "www.shop.test"], challenges: [ChallengeTypes.Http01]));
        await edge.SettleAsync("shop.test");
        var generation = edge.Published.Current["shop.test"];
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        using var last = X509CertificateLoader.LoadCertificate(generation.Chain.Intermediates[^1].Span);

        var status = await GetAsync(edge, "shop.test");

        Assert.Equal((AcmeCertificateState.Served, generation.Id, "http-01", 0), (status.State, status.Generation, status.WorkedChallenge, status.Tries));
        Assert.Null(status.LastProblem);
        Assert.Null(status.Stored);
        var served = status.Served!;
        Assert.Null(served.Problem);
        Assert.Equal((generation.Id, leaf.SerialNumber, leaf.GetCertHashString(HashAlgorithmName.SHA256)), (served.Generation, served.SerialNumber, served.Sha256Fingerprint));
        Assert.Equal((leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: true), last.GetNameInfo(X509NameType.SimpleName, forIssuer: true)), (served.Issuer, served.TopmostIssuer));
        Assert.Equal(generation.Chain.Intermediates.Select(SubjectOf), served.Chain);
        Assert.Equal((status.NotBefore, status.NotAfter, generation.Origin.IssuedAt), (served.NotBefore, served.NotAfter, served.IssuedAt));
        Assert.Equal((TestCa.DirectoryUrl, generation.Origin.AccountUrl, "http-01", 2), (served.DirectoryUrl, served.AccountUrl, served.ChallengeType, served.Names.Count));
    }

    [Fact]
    public async Task The_topmost_issuer_is_the_root_above_the_chain()
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "shop.test");
        var generation = new Generation("shop.test", "20300101T000000Z-12345678", chain, key, new GenerationOrigin(
            "https://ca.test/order/1", "https://ca.test/certificate/1", TestCa.DirectoryUrl, "https://ca.test/account/1", AcmeKeyType.P256, "shortlived", null, TestChain.From));
        await _store.WriteAsync(new StoreWrite(GenerationRecord.Key("shop.test", generation.Id), GenerationRecord.Write(generation)), Token);

        var read = await StoredCertificateReader.ReadAsync(_store, "shop.test", generation.Id, Token);

        Assert.Equal(("intermediate", "root", "CN=intermediate"), (read.Issuer, read.TopmostIssuer, Assert.Single(read.Chain)));
        Assert.Equal(("03", "shortlived", null, "20300101T000000Z-12345678 until 2030-04-01 00:00:00Z"), (read.SerialNumber, read.Profile, read.ChallengeType, read.ToString()));
    }

    [Fact]
    public async Task Only_the_labels_own_records_are_read_and_for_a_list_none()
    {
        var store = new CountingStore(_store);
        await using var edge = await StartAsync(store, [.. Enumerable.Range(0, 30).Select(number => Wishes.Of($"n{number}.test"))]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var (reads, lists) = (store.Reads, store.Lists);

        var listed = edge.Get<IAcmeCertificates>().List();

        Assert.Equal((30, reads, lists), (listed.Count, store.Reads, store.Lists));
        Assert.All(listed, status => Assert.Equal((null, null, 0), (status.Served, status.Stored, status.Limits.Count)));
        Assert.All(listed, status => Assert.NotNull(status.Generation));
        Assert.NotNull((await edge.Get<IAcmeCertificates>().GetAsync("n7.test", Token))!.Served);
        Assert.Equal((reads + 1, lists), (store.Reads, store.Lists));
    }

    [Fact]
    public async Task What_the_CA_says_of_single_names_is_told_and_outlives_a_restart()
    {
        Wish wish = Wishes.Of("shop.test", ["shop.test", "bad.test", "worse.test"], challenges: [ChallengeTypes.Http01]);
        await using (var first = await StartAsync(_store, wish))
        {
            first.Reach = (_, name) => name == "shop.test" ? null : $"nobody is at {name}";
            await first.SettleAsync("shop.test");
            Tells(await GetAsync(first, "shop.test"));
            Tells(first.Status("shop.test"));
        }

        await using var second = await StartAsync(_store, wish);
        second.Get<StatusBoard>().ChangeWishes([new WishChange("shop.test", null, wish)], fresh => (second.Get<Labels>().ViewOf(fresh.Label), IsQuiet: false), [], 0);
        Assert.Null(second.Status("shop.test").LastProblem);
        Tells(await GetAsync(second, "shop.test"));

        static void Tells(AcmeCertificateStatus status)
        {
            Assert.Equal(1, status.Tries);
            Assert.NotNull(status.LastProblem!.At);
            Assert.Contains("nobody is at bad.test", status.LastProblem.Message, StringComparison.Ordinal);
            Assert.Equal(["bad.test", "worse.test"], status.LastProblem.Names.Keys.Order());
            Assert.StartsWith("http-01: nobody is at worse.test", status.LastProblem.Names["worse.test"], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Nothing_is_kept_of_names_that_nobody_said_anything_of_and_little_of_many()
    {
        Wish many = Wishes.Of("many.test", [.. Enumerable.Range(0, 60).Select(number => $"n{number}.test")], challenges: [ChallengeTypes.Http01]);
        await using var edge = await StartAsync(_store, Wishes.Of("shop.test"), many);
        edge.Reach = (_, name) => name == "shop.test" ? null : new string('x', 1000);

        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.DoesNotContain("nameProblems", ScheduleOf("shop.test"), StringComparison.Ordinal);
        Assert.Contains("nameProblems", ScheduleOf("many.test"), StringComparison.Ordinal);
        var names = (await GetAsync(edge, "many.test")).LastProblem!.Names;
        Assert.Equal(25, names.Count);
        Assert.All(names.Values, said => Assert.InRange(said.Length, 300, 303));

        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Null((await GetAsync(edge, "many.test")).LastProblem);
        Assert.DoesNotContain("nameProblems", ScheduleOf("many.test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_left_of_the_CAs_limits_is_that_of_its_own_names()
    {
        _settings.Limits = ProviderLimits.None with
        {
            NewAccounts = new RateLimit(10, TimeSpan.FromDays(30)),
            FailedAuthorizationsPerIdentifier = new RateLimit(5, TimeSpan.FromDays(30)),
            CertificatesPerRegisteredDomain = new RateLimit(50, TimeSpan.FromDays(30)),
        };
        await using var edge = await StartAsync(_store, Wishes.Of("a.one.test"), Wishes.Of("b.one.test"), Wishes.Of("other.test"));
        Assert.Empty((await GetAsync(edge, "other.test", isShown: false)).Limits);
        edge.Reach = (_, name) => name == "other.test" ? "nobody is there" : null;

        await edge.RunAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["accounts: 9 of 10", "failed: 5 of 5", "domain: 48 of 50"], (await GetAsync(edge, "a.one.test")).Limits.Select(room => room.ToString()));
        Assert.Equal(["accounts: 9 of 10", "failed: 3 of 5", "domain: 50 of 50"], (await GetAsync(edge, "other.test")).Limits.Select(room => room.ToString()));
    }

    [Fact]
    public async Task What_programs_outside_see_is_told_where_it_is_another_one()
    {
        var store = new ShownStore(_store);
        await using var edge = await StartAsync(store, Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");
        var former = edge.Published.Current["shop.test"].Id;
        Assert.Null((await GetAsync(edge, "shop.test")).Stored);
        await edge.RunAsync(TimeSpan.FromDays(65));

        store.Shown = former;
        var status = await GetAsync(edge, "shop.test");
        Assert.Equal((edge.Published.Current["shop.test"].Id, former), (status.Served!.Generation, status.Stored!.Generation));
        Assert.True(status.Stored.NotAfter < status.Served.NotAfter);
        Assert.NotEqual(status.Stored.Sha256Fingerprint, status.Served.Sha256Fingerprint);

        store.Shown = "20991231T000000Z-00000000";
        Assert.Contains("is gone", (await GetAsync(edge, "shop.test")).Stored!.Problem, StringComparison.Ordinal);
    }

    /// <summary>The names went to another label, whose certificate does not come.</summary>
    [Fact]
    public async Task What_visitors_are_shown_of_another_label_is_told_until_the_labels_own_is_here()
    {
        await using var edge = await StartAsync(_store, Wishes.Of("old", ["shop.test"]));
        await edge.SettleAsync("old");
        var (old, table) = (edge.Published.Current["old"], Show(edge));
        Wish wish = Wishes.Of("new", ["shop.test", "www.shop.test"]);
        table.ChangeWishes([new WishChange("new", null, wish)]);
        edge.Drop("old");
        edge.Wish(wish);
        edge.Reach = (_, name) => name == "www.shop.test" ? "nobody is there" : null;
        await edge.RunAsync(TimeSpan.FromSeconds(30));

        var instead = Assert.Single((await GetAsync(edge, "new")).ShownInstead);
        Assert.Equal(("old", "shop.test", old.Id), (instead.Label, Assert.Single(instead.Names), instead.Certificate.Generation));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(old.Chain.Leaf.Span)), instead.Certificate.Sha256Fingerprint);
        Assert.Equal("old: shop.test", instead.ToString());
        Assert.All(edge.Get<IAcmeCertificates>().List(), status => Assert.Empty(status.ShownInstead));

        edge.Reach = (_, _) => null;
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Null((await GetAsync(edge, "new")).LastProblem);
        table.Publish(edge.Published.Current["new"]);
        Assert.Empty((await GetAsync(edge, "new")).ShownInstead);
    }

    [Fact]
    public async Task An_older_certificate_of_the_label_is_told_for_the_names_that_the_newer_one_is_without()
    {
        await using var edge = await StartAsync(_store, Wishes.Of("shop.test", ["shop.test"], ["www.shop.test"]));
        await edge.SettleAsync("shop.test");
        var (first, table) = (edge.Published.Current["shop.test"], Show(edge));
        edge.Reach = (_, name) => name == "www.shop.test" ? "nobody is there" : null;
        await edge.RunAsync(TimeSpan.FromDays(70));
        table.Publish(edge.Published.Current["shop.test"]);

        var status = await GetAsync(edge, "shop.test");

        Assert.Equal(["www.shop.test"], status.DroppedNames);
        Assert.NotEqual(first.Id, status.Served!.Generation);
        var instead = Assert.Single(status.ShownInstead);
        Assert.Equal(("shop.test", "www.shop.test", first.Id), (instead.Label, Assert.Single(instead.Names), instead.Certificate.Generation));
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_told_as_such()
    {
        var store = new FlakyStore(_store);
        await using var edge = await StartAsync(store, Wishes.Of("shop.test"));
        await edge.SettleAsync("shop.test");

        store.Reading = _ => throw new StoreUnavailableException("the disk is away");
        var away = await GetAsync(edge, "shop.test");
        store.Reading = _ => Task.CompletedTask;
        _store.Damage(GenerationRecord.Key("shop.test", away.Generation!), "fullchain");
        var damaged = await GetAsync(edge, "shop.test");

        Assert.Equal((AcmeCertificateState.Served, "the disk is away", null), (away.State, away.Served!.Problem, away.Served.SerialNumber));
        Assert.Equal((AcmeCertificateState.Served, away.Generation), (damaged.State, damaged.Served!.Generation));
        Assert.NotNull(damaged.Served.Problem);
    }

    [Fact]
    public async Task What_is_no_label_has_no_details()
    {
        await using var edge = await StartAsync(_store, Wishes.Of("shop.test"));
        edge.Get<StatusBoard>().ChangeWishes([], fresh => (edge.Get<Labels>().ViewOf(fresh.Label), IsQuiet: false), [new("Acme:Domains:7", "is none.")], 0);

        Assert.Equal(AcmeCertificateState.Held, (await edge.Get<CertificateDetails>().FindAsync("Acme:Domains:7", Token))!.State);
        Assert.Null(await edge.Get<CertificateDetails>().FindAsync("nobody.test", Token));
        Assert.DoesNotContain(edge.Get<Labels>().All, entry => entry.Label == "nobody.test");
    }

    private static string SubjectOf(ReadOnlyMemory<byte> der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der.Span);
        return certificate.Subject;
    }

    private static async Task<AcmeCertificateStatus> GetAsync(Edge edge, string label, bool isShown = true)
    {
        // Nobody has looked at it yet.
        if (!isShown) edge.Get<StatusBoard>().ChangeWishes([new WishChange(label, null, edge.Get<Labels>().WishOf(label))], fresh => (edge.Get<Labels>().ViewOf(fresh.Label), IsQuiet: false), [], 0);
        return (await edge.Get<CertificateDetails>().FindAsync(label, Token))!;
    }

    /// <summary>Visitors come.</summary>
    private CertificateTable Show(Edge edge)
    {
        var table = new CertificateTable(_time, new ServingReach(), new LoadedCertificates(_settings));
        foreach (var generation in edge.Published.Current.Values) table.Publish(generation);
        return edge.Published.Table = table;
    }

    private string ScheduleOf(string label) => Encoding.UTF8.GetString(_store.All(RecordKind.Schedule).Single(record => record.Key.Name == label).Content.Find("schedule.json")!.Value.Span);

    private Task<Edge> StartAsync(IAcmeStore store, params Wish[] wishes) => Edge.StartAsync(_time, _ca, _settings, store, wishes);

    /// <summary>Shows programs outside a generation.</summary>
    private sealed class ShownStore(IAcmeStore inner) : DelegatingStore(inner), ICertificateView
    {
        public string? Shown { get; set; }

        public string Root => "/state";

        public string PathOf(string label) => $"/state/certs/{label}";

        public ValueTask SwitchAsync(string label, string generation, CancellationToken cancellationToken)
        {
            Shown = generation;
            return ValueTask.CompletedTask;
        }

        public ValueTask<string?> FindShownAsync(string label, CancellationToken cancellationToken) => ValueTask.FromResult(Shown);

        public ValueTask HideAsync(string label, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
