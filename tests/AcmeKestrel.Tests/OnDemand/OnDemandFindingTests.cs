using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TestCa = AcmeKestrel.Tests.Serving.TestCa;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>What handshakes do for a name that may come on demand, and what they cost where it does not.</summary>
public sealed class OnDemandFindingTests
{
    private static readonly TestCa Ca = new();

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestSettings _settings = new();
    private readonly FakeIssuer _issuer = new();
    private readonly LoadedCertificates _loaded;
    private readonly CertificateTable _table;
    private readonly CertificateLoads _loads;

    public OnDemandFindingTests()
    {
        _loaded = new LoadedCertificates(_settings);
        _table = new CertificateTable(_time, new ServingReach(), _loaded);
        var opener = new CertificateOpener(new TlsContexts(new HotSet(_settings)), _loaded, _time, NullLogger<CertificateOpener>.Instance);
        _loads = new CertificateLoads(_table, _loaded, opener, new ServingLimits(), _time, NullLogger<CertificateLoads>.Instance);
    }

    [Fact]
    public async Task A_name_that_is_served_asks_nobody_and_waits_for_nothing()
    {
        _table.Publish(Ca.Issue("shop.test"));
        var finder = Finder();
        (await FindAsync(finder, "shop.test"))!.Release();

        Assert.True(FindAsync(finder, "shop.test").AsTask().IsCompletedSuccessfully);
        Assert.Empty(_issuer.Brought);
    }

    [Fact]
    public async Task What_has_ended_and_nobody_wishes_comes_anew()
    {
        _table.Publish(Ca.Issue("old", KeyFamily.P256, _time.GetUtcNow().AddDays(1), "shop.test"));
        _time.Advance(TimeSpan.FromDays(2));
        _issuer.Bring = visit => Publish(visit.Name);

        var found = await FindAsync(Finder(), "shop.test");

        Assert.Equal(["shop.test"], _issuer.Brought);
        Assert.True(found!.Context.TargetCertificate.NotAfter > _time.GetUtcNow());
    }

    /// <summary>It is better than a stranger's.</summary>
    [Fact]
    public async Task What_has_ended_is_served_where_nothing_else_comes()
    {
        _table.Publish(Ca.Issue("old", KeyFamily.P256, _time.GetUtcNow().AddDays(1), "shop.test"));
        _time.Advance(TimeSpan.FromDays(2));

        Assert.NotNull(await FindAsync(Finder(), "shop.test"));
        Assert.Single(_issuer.Brought);
    }

    [Fact]
    public async Task What_has_ended_and_is_wished_is_not_asked_for()
    {
        _table.Publish(Ca.Issue("shop.test", KeyFamily.P256, _time.GetUtcNow().AddDays(1), "shop.test"));
        _table.ChangeWishes([new WishChange("shop.test", null, Wishes.Of("shop.test"))]);
        _time.Advance(TimeSpan.FromDays(2));

        Assert.NotNull(await FindAsync(Finder(), "shop.test"));
        Assert.Empty(_issuer.Brought);
    }

    [Fact]
    public async Task All_that_come_for_a_name_wait_for_one_and_no_longer_than_is_said()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finder = Finder();
        var waiting = Enumerable.Range(0, 50).Select(_ => FindAsync(finder, "slow.test").AsTask()).ToList();
        await Eventually.TrueAsync(() => _issuer.Brought.Count == 1);

        _time.Advance(_issuer.Wait);

        Assert.All(await Task.WhenAll(waiting), Assert.Null);
        Assert.Single(_issuer.Brought);
    }

    [Fact]
    public async Task What_did_not_come_is_not_waited_for_at_once()
    {
        var finder = Finder();
        for (var i = 0; i < 5; i++) Assert.Null(await FindAsync(finder, "never.test"));
        Assert.Single(_issuer.Brought);

        _time.Advance(TimeSpan.FromSeconds(2));
        await FindAsync(finder, "never.test");
        Assert.Equal(2, _issuer.Brought.Count);
    }

    [Fact]
    public async Task So_many_handshakes_wait_and_one_more_gets_what_unknown_names_get_at_once()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finder = Finder(new ServingLimits { MaxOnDemandWaiting = 10 });
        var waiting = Enumerable.Range(0, 10).Select(_ => FindAsync(finder, "slow.test").AsTask()).ToList();

        Assert.Null(await FindAsync(finder, "slow.test"));
        _issuer.Gate.SetResult();
        await Task.WhenAll(waiting);
        _time.Advance(TimeSpan.FromSeconds(2));
        await FindAsync(finder, "slow.test");

        Assert.Equal(2, _issuer.Brought.Count);
    }

    /// <summary>Whoever opens a thousand connections for a name that never comes holds up nobody else.</summary>
    [Fact]
    public async Task Of_those_that_wait_one_network_has_its_share()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finder = Finder();
        var waiting = Enumerable.Range(0, 1024).Select(_ => FindAsync(finder, "slow.test").AsTask()).ToList();

        Assert.Equal(1024 - 128, waiting.Count(one => one.IsCompleted));
        var other = FindAsync(finder, "other.test", "203.0.113.1").AsTask();
        Assert.False(other.IsCompleted);
        _issuer.Gate.SetResult();
        await Task.WhenAll([.. waiting, other]);

        Assert.Equal(["other.test", "slow.test"], _issuer.Brought.Order());
    }

    /// <summary>Its next visitor has it.</summary>
    [Fact]
    public async Task What_nobody_may_wait_for_any_more_is_begun_all_the_same()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finder = Finder(new ServingLimits { MaxOnDemandWaiting = 1 });
        var waiting = FindAsync(finder, "slow.test").AsTask();

        Assert.Null(await FindAsync(finder, "other.test"));
        await Eventually.TrueAsync(() => _issuer.Brought.Contains("other.test"));

        _issuer.Gate.SetResult();
        await waiting;
    }

    /// <summary>Whatever a client makes of it: it is the name that it is asked for as.</summary>
    [Fact]
    public async Task A_name_in_another_spelling_is_whose_it_is()
    {
        _issuer.Canonical = name => name.TrimEnd('.');
        _table.ChangeWishes([new WishChange("shop.test", null, Wishes.Of("shop.test"))]);
        _issuer.Denied.Add("denied.test");
        var finder = Finder();

        await FindAsync(finder, "shop.test.");
        await FindAsync(finder, "denied.test.");

        Assert.Empty(_issuer.Brought);
    }

    [Fact]
    public async Task Names_under_way_are_few_and_fewer_of_one_asker()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var finder = Finder();
        var one = Enumerable.Range(0, 50).Select(i => FindAsync(finder, $"{i}.test", "192.0.2.1").AsTask()).ToList();
        var others = Enumerable.Range(0, 200).Select(i => FindAsync(finder, $"other-{i}.test", $"10.{i}.0.1").AsTask()).ToList();
        await Eventually.TrueAsync(() => _issuer.Brought.Count == 64);

        _issuer.Gate.SetResult();
        await Task.WhenAll([.. one, .. others]);

        Assert.Equal((8, 56), (_issuer.Brought.Count(name => char.IsAsciiDigit(name[0])), _issuer.Brought.Count(name => name[0] == 'o')));
    }

    /// <summary>What one visitor began becomes a wish just as another one asks whose name it is.</summary>
    [Fact]
    public async Task A_name_that_is_wished_on_demand_between_two_questions_is_waited_for()
    {
        _issuer.Bring = visit => Publish(visit.Name);
        _issuer.Asked = name =>
        {
            _issuer.Asked = null;
            _issuer.Known.Add(name);
            _table.ChangeWishes([new WishChange(name, null, OnDemand(name))]);
        };

        Assert.NotNull(await FindAsync(Finder(), "busy.test"));
    }

    /// <summary>The table hears of it a moment later.</summary>
    [Fact]
    public async Task A_name_on_demand_that_was_just_given_up_is_asked_for()
    {
        _issuer.Bring = visit => Publish(visit.Name);
        _table.ChangeWishes([new WishChange("busy.test", null, OnDemand("busy.test"))]);

        Assert.NotNull(await FindAsync(Finder(), "busy.test"));

        _table.ChangeWishes([new WishChange("busy.test", OnDemand("busy.test"), null), new WishChange("other.test", null, Wishes.Of("other.test"))]);
        Assert.Null(await FindAsync(Finder(), "other.test"));
    }

    /// <summary>Strangers that wait for what may never come leave room for names that were allowed before.</summary>
    [Fact]
    public async Task Names_that_were_allowed_before_have_room_of_their_own()
    {
        _issuer.Gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _issuer.Known.Add("ours.test");
        var finder = Finder();
        var strangers = Enumerable.Range(0, 200).Select(i => FindAsync(finder, $"{i}.test", $"10.{i}.0.1").AsTask()).ToList();

        var ours = FindAsync(finder, "ours.test", "203.0.113.1").AsTask();
        await Eventually.TrueAsync(() => _issuer.Brought.Contains("ours.test"));
        _issuer.Gate.SetResult();

        await Task.WhenAll([.. strangers, ours]);
    }

    [Fact]
    public async Task A_client_without_a_server_name_asks_for_nothing()
    {
        Assert.Null(await Finder().FindAsync(new ClientHello(null, IsAcmeTlsAlpn: false, KeyFamily.All), new IPEndPoint(IPAddress.Loopback, 443), null, out _));

        Assert.Empty(_issuer.Brought);
    }

    /// <summary>Nothing can be asked for in its place.</summary>
    [Fact]
    public async Task A_client_without_a_server_name_is_shown_what_has_ended_where_there_is_no_other()
    {
        _table.Publish(Ca.Issue("old", KeyFamily.P256, _time.GetUtcNow().AddDays(1), "127.0.0.1"));
        _time.Advance(TimeSpan.FromDays(2));

        Assert.NotNull(await Finder().FindAsync(new ClientHello(null, IsAcmeTlsAlpn: false, KeyFamily.All), new IPEndPoint(IPAddress.Loopback, 443), null, out _));
        Assert.Empty(_issuer.Brought);
    }

    [Fact]
    public async Task Whoever_fails_gives_the_visitor_what_unknown_names_get()
    {
        _issuer.Bring = _ => throw new InvalidOperationException("a surprise");

        Assert.Null(await FindAsync(Finder(), "shop.test"));
    }

    /// <summary>Anybody can come for as many names as he likes.</summary>
    [Fact]
    public async Task Whoever_fails_is_told_of_once_a_minute()
    {
        _issuer.Bring = _ => throw new InvalidOperationException("a surprise");
        using var log = new RecordedLog();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var finder = Finder(log: loggers.CreateLogger<CertificatesOnDemand>());

        for (var i = 0; i < 3; i++) Assert.Null(await FindAsync(finder, $"{i}.test"));

        Assert.Single(log.Lines, line => line.StartsWith("456 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_handshake_marks_its_certificate_as_visited_until_the_mark_is_taken()
    {
        _table.Publish(Ca.Issue("shop.test"));
        Assert.False(_table.TakeVisit("shop.test"));
        var finder = Finder();

        for (var i = 0; i < 3; i++) (await FindAsync(finder, "shop.test"))!.Release();

        Assert.True(_table.TakeVisit("shop.test"));
        Assert.False(_table.TakeVisit("shop.test"));
        Assert.False(_table.TakeVisit("other.test"));
    }

    private CertificateFinder Finder(ServingLimits? limits = null, ILogger<CertificatesOnDemand>? log = null) => new(
        _table, _loads, new CertificateMisses(_table, new ServingLimits(), _time, NullLogger<CertificateMisses>.Instance),
        new CertificatesOnDemand(_table, limits ?? new ServingLimits(), _time, log ?? NullLogger<CertificatesOnDemand>.Instance, new(() => _issuer)), _settings);

    private static ValueTask<LoadedCertificate?> FindAsync(CertificateFinder finder, string name, string remote = "192.0.2.1") =>
        finder.FindAsync(new ClientHello(name, IsAcmeTlsAlpn: false, KeyFamily.All), null, new IPEndPoint(IPAddress.Parse(remote), 4711), out _);

    private static Wish OnDemand(string name) => Wishes.Of(name) with { Source = AcmeWishSource.OnDemand };

    private bool Publish(string name)
    {
        _table.Publish(Ca.Issue(name, KeyFamily.P256, _time.GetUtcNow().AddDays(90), name));
        return true;
    }

    private sealed class FakeIssuer : IOnDemandIssuer
    {
        private readonly List<string> _brought = [];

        public Func<CertificateQuestion, bool> Bring { get; set; } = _ => false;

        public TaskCompletionSource? Gate { get; set; }

        public HashSet<string> Known { get; } = [];

        public IReadOnlyList<string> Brought
        {
            get
            {
                lock (_brought) return [.. _brought];
            }
        }

        public bool IsOn => true;

        public TimeSpan Wait => TimeSpan.FromSeconds(15);

        /// <summary>What happens just after somebody was told whether a name is known.</summary>
        public Action<string>? Asked { get; set; }

        public bool Knows(string name)
        {
            var isKnown = Known.Contains(name);
            Asked?.Invoke(name);
            return isKnown;
        }

        public Func<string, string?> Canonical { get; set; } = name => name;

        public HashSet<string> Denied { get; } = [];

        public string? Read(string serverName) => Canonical(serverName);

        public bool MayAsk(string name, string network) => !Denied.Contains(name);

        public async Task<bool> BringAsync(CertificateQuestion question, CancellationToken patience)
        {
            lock (_brought) _brought.Add(question.Name);
            if (Gate is not null) await Gate.Task.WaitAsync(patience);
            return Bring(question);
        }
    }
}
