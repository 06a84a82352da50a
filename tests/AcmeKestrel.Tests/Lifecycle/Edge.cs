using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Management;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>One "process": the room as composed by its own registration, run label by label in virtual time on the test's own thread.</summary>
internal sealed class Edge : IAsyncDisposable
{
    /// <summary>Far less than a lease lives: a step may wait for a CA that does not answer.</summary>
    private static readonly TimeSpan LeaseStep = TimeSpan.FromMinutes(2);

    private readonly ServiceProvider _services;
    private readonly Dictionary<string, DateTimeOffset?> _due = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LabelEntry> _entries = [];
    private bool _isDead;

    private Edge(FakeTimeProvider time, TestCa ca, TestSettings settings, IAcmeStore store, Func<HttpMessageHandler>? transport, Wish[] wishes, ILoggerProvider? log)
    {
        (Time, Ca, Wishes) = (time, ca, wishes);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(time);
        services.AddSingleton(store);
        services.AddSingleton<IAcmeSettings>(settings);
        services.AddSingleton<ICertificatePublisher>(Published);
        services.AddSingleton<IWorkerActivation>(new AlwaysActive());
        services.AddSingleton<IWishFeed>(new FixedWishes(wishes));
        services.AddSingleton<Func<Provider, HttpMessageHandler?>>(_ => (transport ?? ca.Transport)());
        services.AddSingleton(provider => new LiveAnswers(time, provider.GetRequiredService<IStoredAnswers>()));
        if (log is not null) services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
        services.AddAcmeLifecycle().AddAcmeManagement();
        _services = services.BuildServiceProvider();
        ca.Probe = ProbeAsync;
    }

    public FakeTimeProvider Time { get; }

    public TestCa Ca { get; }

    public IReadOnlyList<Wish> Wishes { get; }

    public Publications Published { get; } = new();

    /// <summary>(type, identifier) -> what is wrong with reaching it, or null.</summary>
    public Func<string, string, string?> Reach { get; set; } = (_, _) => null;

    public LiveAnswers Live => _services.GetRequiredService<LiveAnswers>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public LabelEntry Entry(string label) => _entries[label];

    public AcmeCertificateStatus Status(string label) => Get<StatusBoard>().List().Single(status => status.Label == label);

    public static async Task<Edge> StartAsync(
        FakeTimeProvider time, TestCa ca, TestSettings settings, IAcmeStore store, Wish[] wishes, Func<HttpMessageHandler>? transport = null, ILoggerProvider? log = null)
    {
        var edge = new Edge(time, ca, settings, store, transport, wishes, log);
        await edge.Get<StateLease>().TryTakeAsync(CancellationToken.None);
        await edge.LoadAsync();
        edge.Get<Ledgers>().Released += labels => edge.Wake(labels);
        edge.Get<AccountTraffic>().Released += labels => edge.Wake(labels);
        foreach (var wish in wishes) edge.Wish(wish);
        return edge;
    }

    public void Wish(Wish wish)
    {
        if (!_entries.TryGetValue(wish.Label, out var entry)) _entries[wish.Label] = entry = new LabelEntry(wish.Label);
        entry.Wish = wish;
        _due[wish.Label] = Time.GetUtcNow();
    }

    public void Drop(string label)
    {
        _entries[label].Wish = null;
        _due[label] = Time.GetUtcNow();
    }

    public void Wake(IEnumerable<string> labels)
    {
        foreach (var label in labels) _due[label] = Time.GetUtcNow();
    }

    /// <summary>Does what is due, in order of time, until nothing is due before <paramref name="end"/>.</summary>
    public async Task RunUntilAsync(DateTimeOffset end)
    {
        while (_due.Where(entry => entry.Value <= end).OrderBy(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => entry.Key).FirstOrDefault() is { } label)
        {
            await RunOneAsync(label);
        }

        await PassTimeAsync(end);
    }

    public Task RunAsync(TimeSpan duration) => RunUntilAsync(Time.GetUtcNow() + duration);

    /// <summary>Until the label is served, failed or held.</summary>
    public async Task<AcmeCertificateStatus> SettleAsync(string label)
    {
        do
        {
            await RunOneAsync(_due.Where(entry => entry.Value is not null).MinBy(entry => entry.Value).Key ?? throw new InvalidOperationException("Nothing is due."));
        }
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
        while (until - Time.GetUtcNow() > LeaseStep)
        {
            Time.Advance(LeaseStep);
            await KeepLeaseAsync();
        }

        if (until > Time.GetUtcNow()) Time.SetUtcNow(until);
        await KeepLeaseAsync();
    }

    private async Task KeepLeaseAsync()
    {
        if (await Get<StateLease>().KeepAsync(CancellationToken.None)) await LoadAsync();
    }

    private async Task LoadAsync()
    {
        Get<Ledgers>().Forget();
        Get<AccountKeeper>().Forget();
        var stored = await Get<StateLoader>().LoadAsync(CancellationToken.None);
        foreach (var label in _entries.Keys.Union(stored.Keys).ToList())
        {
            var entry = stored.GetValueOrDefault(label) ?? new LabelEntry(label);
            if (_entries.TryGetValue(label, out var known)) known.Adopt(entry);
            else _entries[label] = entry;
            if (_due.ContainsKey(label)) _due[label] = Time.GetUtcNow();
        }

        if (Get<StateLease>().FenceOrNull is not { } fence) return;

        await Get<StateLoader>().SweepAsync(_entries.Values, CancellationToken.None);
        Get<WorkerGate>().StateIsRead(fence);
    }

    private async Task RunOneAsync(string label)
    {
        await PassTimeAsync(_due[label] ?? Time.GetUtcNow());
        _due[label] = null;
        var next = await Get<LabelRunner>().RunAsync(_entries[label], CancellationToken.None);
        _due[label] = _due[label] is { } woken && (next is null || woken < next) ? woken : next;
    }

    /// <summary>What a CA sees: the answer must be live, and the name must be reachable.</summary>
    private async Task<string?> ProbeAsync(string type, string identifier, string token)
    {
        if (Reach(type, identifier) is { } unreachable) return unreachable;

        var live = type == ChallengeTypes.Http01
            ? await Live.FindHttp01Async(identifier, token, CancellationToken.None) is { } shown && shown.StartsWith(token + ".", StringComparison.Ordinal)
            : Live.TryFindTlsAlpn01(identifier, out var answer) && answer.Token == token;
        return live ? null : $"no answer to {type} for {identifier}";
    }

    internal sealed class Publications : ICertificatePublisher
    {
        public Dictionary<string, Generation> Current { get; } = [];

        public void Publish(Generation generation)
        {
            lock (Current) Current[generation.Label] = generation;
        }

        public void Withdraw(string label)
        {
            lock (Current) Current.Remove(label);
        }
    }

    internal sealed class AlwaysActive : IWorkerActivation
    {
        public bool IsActive => true;

        public bool IsKnown => true;

        public string IdleReason => "";

        public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Request()
        {
        }
    }

    internal sealed class FixedWishes(Wish[] wishes) : IWishFeed
    {
        public ValueTask<WishSet> GetAsync(CancellationToken cancellationToken) => ValueTask.FromResult(new WishSet(wishes, []));

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
