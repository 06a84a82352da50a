using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

/// <summary>A CA's ledger and the store that has it, without names and orders.</summary>
internal sealed class LedgerScene
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private static readonly RateLimit Wide = new(1000, TimeSpan.FromDays(7));

    private readonly StateSession _session;

    private LedgerScene(IAcmeStore store, Fence fence) => (Store, _session) = (store, new StateSession(store, fence));

    public static Provider Provider { get; } = new TestSettings { Limits = new ProviderLimits(Wide, Wide, Wide, Wide, Wide) }.Provider;

    public FakeTimeProvider Time { get; } = new(Start);

    public IAcmeStore Store { get; }

    public static async Task<LedgerScene> StartAsync(IAcmeStore? store = null)
    {
        store ??= new MemoryStore();
        var lease = await store.TryLeaseAsync(new StoreLeaseRequest("ledger", "this test", TimeSpan.FromHours(1)), CancellationToken.None);
        return new LedgerScene(store, lease!.Fence);
    }

    /// <summary>As a process has it that takes the state over.</summary>
    /// <param name="orders">Those that are in flight.</param>
    public async Task<ProviderLedger> OpenAsync(params IEnumerable<string> orders)
    {
        var ledgers = new Ledgers(new WokenLabels(), Time);
        ledgers.Begin(_session, orders.ToHashSet());
        return await ledgers.GetAsync(_session, Provider, CancellationToken.None);
    }

    /// <summary>What is on record.</summary>
    public async Task<LedgerState> ReadAsync() => (await new LedgerRecords(_session, Provider.Ca).ReadAsync(CancellationToken.None))!;

    public async Task<List<StoreRecord>> RecordsAsync() => await Store.ListAsync(new StoreQuery(RecordKind.Ledger), CancellationToken.None).ToListAsync();

    public static LedgerCost[] Costs(int first, int count, string what = "set|") => [.. Enumerable.Range(first, count).Select(i => new LedgerCost($"{what}{i}", Wide))];

    /// <summary>Whether both say the same.</summary>
    public static bool IsSame(LedgerState one, LedgerState other) =>
        IsSame(one.Buckets, other.Buckets, (a, b) => a == b)
        && IsSame(one.Reservations, other.Reservations, (a, b) => a.SequenceEqual(b))
        && (one.Former, other.Former) switch
        {
            (null, null) => true,
            ({ } a, { } b) => a with { Buckets = b.Buckets } == b && IsSame(a.Buckets, b.Buckets, (x, y) => x == y),
            _ => false,
        }
        && (one.Since, one.At, one.Circuit, one.Challenge) == (other.Since, other.At, other.Circuit, other.Challenge);

    private static bool IsSame<T>(IReadOnlyDictionary<string, T> one, IReadOnlyDictionary<string, T> other, Func<T, T, bool> isSame) =>
        one.Count == other.Count && one.All(entry => other.TryGetValue(entry.Key, out var value) && isSame(entry.Value, value));
}
