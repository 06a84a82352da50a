using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Management;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Names that are served and have nothing to do, in a process with all that runs in it.</summary>
public sealed class IdleTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>One for each of what runs in a process, and none for a name: the dispatcher, which has all labels; the lease; and whoever looks now and then whether there is something to do. <c>Leases</c> is the memory store's.</summary>
    private const string Timers = "Courier Dispatcher DnsCleaner EndingCertificates Leases OnDemandKeeper RequestDesk RevocationWatch StateLease VisitReporter";

    /// <summary>It looks at each certificate once after the start, and then has none.</summary>
    private const string AfterStart = nameof(StoredCheck);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Requests of other processes are looked for each ten minutes, however many names there are.</summary>
    private const int LooksForRequests = 144;

    /// <summary>Each was read once after the start, and nothing is decided of a label.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(60)]
    public async Task A_day_reads_no_certificate_and_has_a_timer_for_none(int names)
    {
        Assert.Equal(new Day(Reads: 0, LooksForRequests, Writes: 0, Decisions: 0), await PassADayAsync(names, _ => { }, new TestSettings { Ari = false }));
    }

    /// <summary>
    /// It is decided to ask and, at the answer, to serve. Where four others ask at that moment, which is a matter of threads, it is decided before to ask and to stand in line.
    /// </summary>
    [Fact]
    public async Task A_CA_without_renewal_info_costs_a_question_a_day_and_no_write()
    {
        var day = await PassADayAsync(10, _ => { }, new TestSettings());

        Assert.Equal(new Day(Reads: 0, LooksForRequests, Writes: 0, day.Decisions), day);
        Assert.InRange(day.Decisions, 2 * 10, 4 * 10);
    }

    /// <summary>Four questions a day, as the CA says, and what it says is kept: a restart is no reason to ask again.</summary>
    [Fact]
    public async Task Renewal_info_costs_what_the_CA_asks_for()
    {
        var day = await PassADayAsync(10, ca => ca.RenewalInfo = _ => TestCa.Window(Start.AddDays(60), Start.AddDays(61)), new TestSettings());

        Assert.Equal(new Day(Reads: 0, LooksForRequests, Writes: 4 * 10, day.Decisions), day);
        Assert.InRange(day.Decisions, 2 * 4 * 10, 4 * 4 * 10);
    }

    private static async Task<Day> PassADayAsync(int names, Action<TestCa> says, TestSettings settings)
    {
        var (time, wishes) = (new CountedTime(Start), new ChangingWishes { Wishes = [.. Enumerable.Range(0, names).Select(i => Wishes.Of($"n{i}.test"))] });
        var (store, ca, decisions) = (new CountingStore(new MemoryStore(time)), new TestCa(time), new CountedDecisions());
        says(ca);
        await using (var first = await Edge.StartAsync(time, ca, settings, store, wishes.Wishes)) await first.RunAsync(Minute);
        Assert.Equal(names, ca.Certificates.Count);

        using var host = Build(time, wishes, store, ca, decisions, settings);
        var queue = host.Services.GetRequiredService<DueQueue>();
        await host.StartAsync(Token);
        await Eventually.TrueAsync(() => decisions.Count >= names);

        // What is stored and the lists are looked at after the start, a minute for each label here.
        await PassAsync(time, queue, Start.AddMinutes(20 + (2 * names)));
        Assert.Equal(Timers, time.Waiting);
        var before = new Day(store.Reads, store.Lists, store.Writes, decisions.Count);
        await PassAsync(time, queue, time.GetUtcNow().AddDays(1));
        Assert.Equal(Timers, time.Waiting);
        var day = new Day(store.Reads - before.Reads, store.Lists - before.Lists, store.Writes - before.Writes, decisions.Count - before.Decisions);
        await host.StopAsync(Token);
        return day;
    }

    /// <summary>By minutes; each is over when everybody rests again.</summary>
    private static async Task PassAsync(CountedTime time, DueQueue queue, DateTimeOffset until)
    {
        while (time.GetUtcNow() < until)
        {
            time.Advance(Minute);
            for (var looks = 0; looks < 1000 && !IsAtRest(); looks++) await Task.Yield();
            if (!IsAtRest()) await Eventually.TrueAsync(IsAtRest);
        }

        bool IsAtRest() => time.Waiting.Replace($" {AfterStart}", "", StringComparison.Ordinal) == Timers && queue.Depth is { Ready: 0, Running: 0 };
    }

    private static IHost Build(CountedTime time, ChangingWishes wishes, IAcmeStore store, TestCa ca, CountedDecisions decisions, TestSettings settings)
    {
        var (builder, published) = (Host.CreateEmptyApplicationBuilder(null), new AwaitedPublisher());
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSingleton(store);
        builder.Services.AddSingleton<IAcmeSettings>(settings);
        builder.Services.AddSingleton<ICertificatePublisher>(provider =>
        {
            published.Source = provider.GetRequiredService<ICertificateSource>;
            return published;
        });
        builder.Services.AddSingleton<IShownCertificates>(published);
        builder.Services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        builder.Services.AddSingleton(wishes.ForOneProcess());
        builder.Services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => ca.Transport());
        builder.Services.AddSingleton(provider => new LiveAnswers(time, provider.GetRequiredService<IStoredAnswers>()));
        builder.Services.AddSingleton<ILabelObserver>(decisions);
        builder.Services.AddAcmeLifecycle().AddAcmeManagement().AddAcmeTelemetry();
        return builder.Build();
    }

    private sealed record Day(int Reads, int Lists, int Writes, int Decisions);

    private sealed class CountedDecisions : ILabelObserver
    {
        private int _count;

        public int Count => _count;

        public void On(LabelEvent happened)
        {
            if (happened is LabelEvent.Decided) Interlocked.Increment(ref _count);
        }
    }
}
