using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Management;
using AcmeKestrel.Protocol;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Storage;
using AcmeKestrel.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>One "process": the room as composed by its own registration, run label by label in virtual time on the test's own thread.</summary>
internal sealed class Edge : IAsyncDisposable
{
    /// <summary>Less than a lease lives.</summary>
    private static readonly TimeSpan LeaseStep = TimeSpan.FromMinutes(4);

    private readonly ServiceProvider _services;
    private bool _isDead;

    private Edge(
        FakeTimeProvider time, TestCa ca, TestSettings settings, IAcmeStore store, Func<HttpMessageHandler>? transport, Wish[] wishes, ILoggerProvider? log, IFrontDoor? door, ExportWriter? exports, Action<IServiceCollection>? also)
    {
        (Time, Ca, Wishes, Published) = (time, ca, wishes, new Publications(time));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(store);
        services.AddSingleton<IAcmeSettings>(settings);
        services.AddSingleton<ICertificatePublisher>(provider =>
        {
            Published.Source = provider.GetRequiredService<ICertificateSource>;
            return Published;
        });
        services.AddSingleton<IShownCertificates>(_ => Published);
        services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        services.AddSingleton<IWishFeed>(new FixedWishes(wishes));
        services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => (transport ?? ca.Transport)());
        services.AddSingleton(provider => new LiveAnswers(time, provider.GetRequiredService<IStoredAnswers>()));
        if (door is not null) services.AddSingleton(door);
        if (exports is not null) services.AddSingleton(exports);
        if (log is not null) services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddSingleton<ILabelObserver>(Events);
        services.AddMetrics();
        also?.Invoke(services);
        services.AddAcmeLifecycle().AddAcmeManagement().AddAcmeTelemetry();
        _services = services.BuildServiceProvider();
        ca.Probe = ProbeAsync;
    }

    public FakeTimeProvider Time { get; }

    public TestCa Ca { get; }

    public IReadOnlyList<Wish> Wishes { get; }

    public Publications Published { get; }

    /// <summary>What happened to the labels, in order.</summary>
    public RecordedEvents Events { get; } = new();

    /// <summary>(type, identifier) -> what is wrong with reaching it, or null.</summary>
    public Func<string, string, string?> Reach { get; set; } = (_, _) => null;

    /// <summary>False: some wish cannot be read.</summary>
    public bool AreWishesWhole { get; set; } = true;

    public LiveAnswers Live => _services.GetRequiredService<LiveAnswers>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>The right to write that the process has.</summary>
    public StateSession Session => Get<StateLease>().Session!;

    public LabelEntry Entry(string label) => Get<Labels>().Of(label);

    public AcmeCertificateStatus Status(string label) => Get<StatusBoard>().List().Single(status => status.Label == label);

    public ValueTask<ProviderLedger> LedgerAsync(Provider provider) => Get<Ledgers>().GetAsync(Session, provider, CancellationToken.None);

    public Task<AcmeAccount> AccountAsync(Provider provider, string email) => Get<AccountKeeper>().GetAsync(Session, provider, email, CancellationToken.None);

    public static async Task<Edge> StartAsync(
        FakeTimeProvider time, TestCa ca, TestSettings settings, IAcmeStore store, Wish[] wishes, Func<HttpMessageHandler>? transport = null, ILoggerProvider? log = null, IFrontDoor? door = null, ExportWriter? exports = null,
        Action<IServiceCollection>? also = null)
    {
        var edge = new Edge(time, ca, settings, store, transport, wishes, log, door, exports, also);
        await edge.Get<StateLease>().TryTakeAsync(CancellationToken.None);
        await edge.Get<StateTakeover>().LoadAsync(CancellationToken.None);
        edge.Get<Labels>().Change([], edge.AreWishesWhole);
        foreach (var wish in wishes) edge.Wish(wish);
        return edge;
    }

    public void Wish(Wish wish) => Change(wish.Label, wish);

    public void Drop(string label) => Change(label, null);

    public void Wake(IEnumerable<string> labels)
    {
        foreach (var label in labels) Get<Dispatcher>().Wake(label);
    }

    /// <summary>Does what is due, in order of time, until nothing is due before <paramref name="end"/>.</summary>
    public async Task RunUntilAsync(DateTimeOffset end)
    {
        while (Get<Dispatcher>().NextDue <= end) await RunNextAsync();

        await PassTimeAsync(end);
    }

    public Task RunAsync(TimeSpan duration) => RunUntilAsync(Time.GetUtcNow() + duration);

    /// <summary>Until the label is served, failed or held.</summary>
    public async Task<AcmeCertificateStatus> SettleAsync(string label)
    {
        do await RunNextAsync();
        while (Status(label) is { State: AcmeCertificateState.Ordering or AcmeCertificateState.Waiting });
        return Status(label);
    }

    /// <summary>As a kernel does for a dead process, its lease is given back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDead) return;

        _isDead = true;
        await Get<StateLease>().ReleaseAsync();
        await _services.DisposeAsync();
    }

    /// <summary>The time that passes until then is no longer than the lease lives, in which the process would have renewed it; or it was lost, and what another one did is read.</summary>
    public async Task PassTimeAsync(DateTimeOffset until)
    {
        // What was done last may have waited for a CA that does not answer.
        if (until - Time.GetUtcNow() > LeaseStep) await KeepLeaseAsync();
        while (until - Time.GetUtcNow() > LeaseStep)
        {
            Time.Advance(LeaseStep);
            await KeepLeaseAsync();
        }

        if (until > Time.GetUtcNow()) Time.SetUtcNow(until);
        await KeepLeaseAsync();
    }

    private void Change(string label, Wish? wish)
    {
        Get<Labels>().Change([new WishChange(label, Get<Labels>().WishOf(label), wish)], AreWishesWhole);
        Get<Dispatcher>().Wake(label);
    }

    private async Task KeepLeaseAsync()
    {
        if (!await Get<StateLease>().KeepAsync(CancellationToken.None)) return;

        await Get<StateTakeover>().LoadAsync(CancellationToken.None);
        Wake(Get<Labels>().All.Select(entry => entry.Label));
    }

    /// <summary>Passes the time until something is due, and does that.</summary>
    public async Task RunNextAsync()
    {
        var due = Get<Dispatcher>().NextDue ?? throw new InvalidOperationException("Nothing is due.");
        await PassTimeAsync(due);
        Assert.True(await Get<Dispatcher>().RunNextAsync(Get<LabelRunner>().RunAsync, CancellationToken.None));
    }

    /// <summary>What a CA sees: the answer must be live, and the name must be reachable.</summary>
    public async Task<string?> ProbeAsync(string type, string identifier, string token)
    {
        return Reach(type, identifier) ?? await FindAnswerAsync(type, identifier, token);
    }

    /// <summary>The same, however it is reached.</summary>
    public async Task<string?> FindAnswerAsync(string type, string identifier, string token)
    {
        var live = type == ChallengeTypes.Http01
            ? await Live.FindHttp01Async(identifier, token, default, CancellationToken.None) is { } shown && shown.StartsWith(token + ".", StringComparison.Ordinal)
            : Live.TryFindTlsAlpn01(identifier, out var answer) && answer.Token == token;
        return live ? null : $"no answer to {type} for {identifier}";
    }

    internal sealed class Publications(TimeProvider? time = null) : ICertificatePublisher, IShownCertificates
    {
        /// <summary>What visitors are shown; null: each label's own.</summary>
        public CertificateTable? Table { get; set; }

        public Dictionary<string, Generation> Current { get; } = [];

        public IReadOnlyCollection<Wish> Wishes { get; private set; } = [];

        public string? Unreachable
        {
            get;
            set
            {
                field = value;
                ReachChanged?.Invoke();
            }
        }

        public event Action? ReachChanged;

        /// <summary>Reads what is stored.</summary>
        public Func<ICertificateSource>? Source { get; set; }

        /// <summary>A visitor comes at once: what is wrong with a stored certificate is found.</summary>
        public void Publish(CertificateFacts stored)
        {
            lock (Current)
            {
                if (Current.TryGetValue(stored.Label, out var known) && (stored.Describes(known) || CertificateFacts.Of(known).Outlasts(stored.Generation, (time ?? TimeProvider.System).GetUtcNow()))) return;
            }

            var read = Source!().ReadAsync(stored, CancellationToken.None).AsTask();
            Assert.True(read.IsCompleted, "A store of these tests answers at once.");

            // The visitor comes again.
            if (read.Exception?.InnerException is StoreUnavailableException) return;
            if (read.Result is { } generation) Publish(generation);
        }

        public void Publish(Generation generation)
        {
            lock (Current) Current[generation.Label] = generation;
        }

        public void PublishFound(Generation generation) => Publish(generation);

        public CertificateFacts? FindShown(string name) => Table?.FindShown(name);

        public void ChangeWishes(IReadOnlyCollection<WishChange> changes)
        {
            var changed = changes.Select(change => change.Label).ToHashSet();
            Wishes = [.. Wishes.Where(wish => !changed.Contains(wish.Label)), .. changes.Select(change => change.After).OfType<Wish>()];
        }

        public void Withdraw(string label)
        {
            lock (Current) Current.Remove(label);
        }
    }

    internal sealed class RecordedEvents : ILabelObserver
    {
        public ConcurrentQueue<LabelEvent> All { get; } = [];

        public void On(LabelEvent happened) => All.Enqueue(happened);
    }

    internal sealed class FixedWishes(Wish[] wishes) : IWishFeed
    {
        private Wish[] _told = [];

        public ValueTask<WishChanges> GetChangesAsync(bool asksAll, CancellationToken cancellationToken)
        {
            var changes = Lifecycle.Wishes.Between(_told, wishes);
            _told = wishes;
            return ValueTask.FromResult(new WishChanges(changes, []));
        }

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
