using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>
/// What N names and 2N cost: twice as much, or nothing more. Seconds are no test, for they depend on the machine; a pass over all names for each name shows in the counts of a handful.
/// Where it is more, the name of the test says whose doing it is, and the bound is what it costs today.
/// </summary>
public sealed class OperationCountTests
{
    private const int N = 10;

    /// <summary>A list of one name's records reads one of the next name, too, where there is one.</summary>
    private const int Slack = 4;

    /// <summary>Numbers of later orders have more digits: a hundredth of the bytes.</summary>
    private const int SlackOfBytes = 100;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Issuing_twice_as_many_certificates_costs_twice_as_much() => AssertLinear(await CountAsync(N), await CountAsync(2 * N));

    [Fact]
    public async Task Renewing_twice_as_many_certificates_costs_twice_as_much()
    {
        AssertLinear(await RenewAsync(N), await RenewAsync(2 * N));

        static Task<Costs> RenewAsync(int names) => CountAsync(names, async (world, edge) =>
        {
            await edge.RunAsync(TimeSpan.FromDays(13));
            Assert.Equal(2 * names, world.Ca.Certificates.Count);
        });
    }

    [Fact]
    public async Task A_restart_with_twice_as_many_certificates_served_costs_twice_as_much()
    {
        var (once, twice) = (await RestartAsync(N), await RestartAsync(2 * N));

        AssertLinear(once, twice);

        // Each label's schedule for its plan, and its certificate for the visitor who comes at once in these tests.
        Assert.Equal((2 * N, 0, 0), (twice.Reads - once.Reads, twice.Writes, twice.Requests));

        static Task<Costs> RestartAsync(int names) => CountAsync(names, async (world, edge) =>
        {
            await edge.DisposeAsync();
            world.Begin();
            await using var second = await world.StartAsync();
            await second.RunAsync(Minute);
        });
    }

    [Fact]
    public async Task One_changed_wish_costs_the_same_among_twice_as_many()
    {
        AssertSame(await ChangeAsync(N), await ChangeAsync(2 * N));

        static Task<Costs> ChangeAsync(int names) => CountAsync(names, async (world, edge) =>
        {
            edge.Wish(Wishes.Of("n07.test", ["n07.test", "www.n07.test"]));

            // A change of the wishes has every label looked at.
            edge.Wake(edge.Wishes.Select(wish => wish.Label));
            await edge.RunAsync(Minute);
            Assert.Equal(names + 1, world.Ca.Certificates.Count);
        });
    }

    [Fact]
    public async Task One_failing_name_costs_the_same_among_twice_as_many()
    {
        AssertSame(await FailAsync(N), await FailAsync(2 * N));

        static Task<Costs> FailAsync(int names) => CountAsync(names, async (world, edge) =>
        {
            edge.Reach = (_, _) => "nobody is there";
            edge.Wish(Wishes.Of("n07.test", ["n07.test", "www.n07.test"]));
            await edge.RunAsync(TimeSpan.FromHours(3));
            Assert.Equal((AcmeCertificateState.Failing, 4), (edge.Status("n07.test").State, edge.Status("n07.test").Failures));
        });
    }

    /// <summary>Each that is nowhere yet is looked for among the names of all that are there, and none of those is read.</summary>
    [Fact]
    public async Task Twice_as_many_names_with_accounts_of_their_own_cost_twice_as_much_but_for_a_look_at_the_names_of_the_accounts_by_each()
    {
        var (once, twice) = (await CountAsync(N, null, OwnEmail), await CountAsync(2 * N, null, OwnEmail));

        AssertLinear(once with { Named = 0 }, twice with { Named = 0 });
        Assert.InRange(twice.Named - once.Named, 0, ((2 * N * 2 * N) - (N * N)) / 2 + Slack);
    }

    [Fact]
    public async Task Accounts_of_their_own_that_another_process_opened_cost_twice_as_much_where_there_are_twice_as_many()
    {
        var (once, twice) = (await RenewAsync(N), await RenewAsync(2 * N));
        AssertLinear(once, twice);
        Assert.True(once.Listed >= N);

        static Task<Costs> RenewAsync(int names) => CountAsync(
            names,
            async (world, edge) =>
            {
                await edge.DisposeAsync();
                world.Begin();
                await using var second = await world.StartAsync();
                await second.RunAsync(TimeSpan.FromDays(13));
                Assert.Equal(2 * names, world.Ca.Certificates.Count);
            },
            OwnEmail);
    }

    [Fact]
    public async Task Intents_that_a_kill_left_cost_the_same_each_among_twice_as_many()
    {
        AssertLinear(await ResumeAsync(N), await ResumeAsync(2 * N));

        static async Task<Costs> ResumeAsync(int names)
        {
            var world = new World(names);
            await using (var dying = await world.StartAsync())
            {
                foreach (var wish in dying.Wishes)
                {
                    var issue = new Decision.Issue(world.Settings.Provider, new IssueReason(IssueReasonKind.NoCertificate, "no certificate yet"), wish.Required, wish.Challenges, false, 0);
                    var intent = PendingOrder.Intent(wish, issue, null, Schedule.Empty, wish.Label, World.Start);
                    await OrderRecord.SaveAsync(dying.Session, intent, CertificateKey.Create(wish.KeyType), CancellationToken.None);
                }
            }

            world.Begin();
            await using var edge = await world.StartAsync();
            await edge.RunAsync(2 * Minute);
            Assert.Equal(names, world.Ca.Certificates.Count);
            return world.Costs;
        }
    }

    /// <summary>Every debit and every credit is written, with what changed lately; a ledger of a few names is written whole, so here are more of them.</summary>
    [Fact]
    public async Task Limits_cost_twice_as_much_for_twice_as_many_certificates()
    {
        var (once, twice) = (await SpendAsync(20 * N), await SpendAsync(40 * N));
        AssertLinear(once with { LedgerBytes = 0 }, twice with { LedgerBytes = 0 });

        // And a tenth for the logarithm: each is written a few times more.
        Assert.InRange(twice.LedgerBytes, 1, 2 * once.LedgerBytes * 11 / 10);

        static Task<Costs> SpendAsync(int names)
        {
            var limit = new RateLimit(1000, TimeSpan.FromDays(7));
            return CountAsync(names, limits: new ProviderLimits(limit, limit, limit, limit, limit));
        }
    }

    [Fact]
    public async Task A_certificate_in_a_folder_costs_no_look_at_the_others()
    {
        var (once, twice) = (await StoreAsync(N), await StoreAsync(2 * N));
        Assert.Equal((0, 0), (once.Entries, twice.Entries));
        Assert.InRange(twice.Reads, 2 * N, (2 * once.Reads) + Slack);

        static async Task<(int Entries, int Reads)> StoreAsync(int names)
        {
            var time = new FakeTimeProvider(World.Start);
            var files = new CountingFiles(new SimulatedFileSystem());
            using var store = new StateDirectoryStore(new StateDirectoryOptions("/state", null), time, NullLogger<StateDirectoryStore>.Instance, files);
            await using var edge = await Edge.StartAsync(time, new TestCa(time), new TestSettings(), store, World.WishesFor(names, _ => "ops@example.test"));
            await edge.RunAsync(Minute);
            return (files.Entries, files.Reads);
        }
    }

    /// <summary>What a process does with so many names once they are served; null: what serving them costs.</summary>
    private static async Task<Costs> CountAsync(int names, Func<World, Edge, Task>? work = null, Func<int, string>? email = null, ProviderLimits? limits = null)
    {
        var world = new World(names) { Email = email ?? (_ => "ops@example.test") };
        if (limits is not null) world.Settings.Limits = limits;
        await using var edge = await world.StartAsync();
        await edge.RunAsync(Minute);
        Assert.Equal(names, edge.Get<StatusBoard>().List().Count(status => status.State is AcmeCertificateState.Served));
        if (work is null) return world.Costs;

        world.Begin();
        await work(world, edge);
        return world.Costs;
    }

    private static string OwnEmail(int name) => $"ops{name}@example.test";

    private static void AssertLinear(Costs once, Costs twice)
    {
        Assert.InRange(twice.Reads, 0, (2 * once.Reads) + Slack);
        Assert.InRange(twice.Lists, 0, (2 * once.Lists) + Slack);
        Assert.InRange(twice.Listed, 0, (2 * once.Listed) + Slack);
        Assert.InRange(twice.Named, 0, (2 * once.Named) + Slack);
        Assert.InRange(twice.Writes, 0, (2 * once.Writes) + Slack);
        Assert.InRange(twice.Bytes, 0, (2 * once.Bytes) + (once.Bytes / SlackOfBytes));
        Assert.InRange(twice.LedgerBytes, 0, (2 * once.LedgerBytes) + (once.LedgerBytes / SlackOfBytes));
        Assert.InRange(twice.Requests, 0, (2 * once.Requests) + Slack);
    }

    /// <summary>But for the digits of the CA's numbers.</summary>
    private static void AssertSame(Costs once, Costs twice)
    {
        Assert.Equal(once with { Bytes = 0 }, twice with { Bytes = 0 });
        Assert.InRange(twice.Bytes, 0, once.Bytes + (once.Bytes / SlackOfBytes));
    }

    private sealed record Costs(int Reads, int Lists, int Listed, int Named, int Writes, long Bytes, long LedgerBytes, int Requests)
    {
        public Costs Without(Costs before) => new(
            Reads - before.Reads, Lists - before.Lists, Listed - before.Listed, Named - before.Named, Writes - before.Writes, Bytes - before.Bytes, LedgerBytes - before.LedgerBytes, Requests - before.Requests);
    }

    private sealed class World
    {
        public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        private readonly int _names;
        private readonly FakeTimeProvider _time = new(Start);
        private readonly CountingStore _store;
        private Costs _before = new(0, 0, 0, 0, 0, 0, 0, 0);
        private int _requests;

        public World(int names)
        {
            (_names, Store, Ca) = (names, new TestStore(_time), new TestCa(_time) { Lifetime = TimeSpan.FromDays(18) });
            _store = new CountingStore(Store);
        }

        public TestStore Store { get; }

        public TestCa Ca { get; }

        public TestSettings Settings { get; } = new();

        public Func<int, string> Email { get; init; } = _ => "ops@example.test";

        public Costs Costs => All.Without(_before);

        private Costs All => new(
            _store.Reads, _store.Lists, _store.Listed, _store.Named, _store.Writes, _store.Bytes.Where(kind => kind.Key != RecordKind.Ledger).Sum(kind => kind.Value), _store.Bytes.GetValueOrDefault(RecordKind.Ledger), _requests);

        public static Wish[] WishesFor(int names, Func<int, string> email) => [.. Enumerable.Range(0, names).Select(i => Wishes.Of($"n{i:00}.test") with { Email = email(i) })];

        public Task<Edge> StartAsync() => Edge.StartAsync(_time, Ca, Settings, _store, WishesFor(_names, Email), () => new Counting(this, Ca.Transport()));

        /// <summary>What was before does not count.</summary>
        public void Begin() => _before = All;

        private sealed class Counting(World world, HttpMessageHandler ca) : DelegatingHandler(ca)
        {
            protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                world._requests++;
                return base.SendAsync(request, cancellationToken);
            }
        }
    }
}
