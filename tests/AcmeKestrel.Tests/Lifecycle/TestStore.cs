using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A store in memory that outlives the "processes" of a test; its lease never ends.</summary>
internal sealed class TestStore : IAcmeStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<(RecordKind, string), StoreRecord> _records = new(Comparer<(RecordKind Kind, string Name)>.Create((a, b) => a.Kind != b.Kind ? a.Kind.CompareTo(b.Kind) : string.CompareOrdinal(a.Name, b.Name)));
    private long _version;

    /// <summary>Asked before each write or delete; throws to stand for a failing medium.</summary>
    public Action<RecordKey> BeforeWrite { get; set; } = _ => { };

    public bool LeaseIsFree { get; set; } = true;

    public int Writes { get; private set; }

    public IReadOnlyList<StoreRecord> All(RecordKind kind)
    {
        lock (_gate) return [.. _records.Values.Where(record => record.Key.Kind == kind)];
    }

    public void Damage(RecordKey key, string part, byte[]? bytes = null)
    {
        lock (_gate)
        {
            var record = _records[(key.Kind, key.Name)];
            _records[(key.Kind, key.Name)] = record with { Content = new RecordContent([.. record.Content.Parts.Select(old => old.Name == part ? old with { Bytes = bytes ?? "damaged"u8.ToArray() } : old)]) };
        }
    }

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        lock (_gate) return ValueTask.FromResult(_records.GetValueOrDefault((key.Kind, key.Name)));
    }

    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var record in All(kind).Where(record => afterName is null || string.CompareOrdinal(record.Key.Name, afterName) > 0)) yield return record;
        await ValueTask.CompletedTask;
    }

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
    {
        BeforeWrite(key);
        lock (_gate)
        {
            Writes++;
            var version = new RecordVersion($"{++_version}");
            _records[(key.Kind, key.Name)] = new StoreRecord(key, version, content);
            return ValueTask.FromResult(version);
        }
    }

    public ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
    {
        BeforeWrite(key);
        lock (_gate)
        {
            Writes++;
            Assert.True(!_records.TryGetValue((key.Kind, key.Name), out var record) || record.Version == expected);
            _records.Remove((key.Kind, key.Name));
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IStoreLease?>(LeaseIsFree ? new Lease() : null);

    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => throw new NotSupportedException();

    private sealed class Lease : IStoreLease
    {
        public Fence Fence => new("state", 1);

        public DateTimeOffset Expires => DateTimeOffset.MaxValue;

        public ValueTask<bool> RenewAsync(TimeSpan duration, CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
