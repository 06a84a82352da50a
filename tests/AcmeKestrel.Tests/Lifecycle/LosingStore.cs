using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An engine of many machines that may lose what it acknowledged, as a replica does that is promoted too soon; leases go on. Whoever follows its feed is told to list again, and nothing else.</summary>
internal sealed class LosingStore(TimeProvider time) : DelegatingStore(new MemoryStore(time))
{
    private readonly ConcurrentDictionary<RecordKey, bool> _lost = [];

    public async Task LoseAsync(RecordKey key)
    {
        _lost[key] = true;
        await Inner.DeleteAsync(new StoreDeletion(key), CancellationToken.None);
    }

    /// <summary>The newest generation of the label.</summary>
    public async Task LoseNewestAsync(string label)
    {
        RecordKey? newest = null;
        await foreach (var entry in ListEntriesAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, CancellationToken.None)) newest = entry.Key;
        await LoseAsync(newest!.Value);
    }

    public override async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken) =>
        new Watch(await Inner.OpenWatchAsync(request with { Kind = null }, cancellationToken), request.Kind, _lost);

    public override TAbility? FindAbility<TAbility>()
        where TAbility : class => this as TAbility;

    private sealed class Watch(IStoreWatch inner, RecordKind? kind, ConcurrentDictionary<RecordKey, bool> lost) : IStoreWatch
    {
        public StoreCursor Start => inner.Start;

        public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var change in inner.ReadAsync(cancellationToken))
            {
                if (change is { Kind: StoreChangeKind.Deleted, Key: { } key } && lost.ContainsKey(key)) yield return new StoreChange(StoreChangeKind.Reset, null, change.Cursor);
                else if (change.Key is null || kind is null || change.Key.Value.Kind == kind) yield return change;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
