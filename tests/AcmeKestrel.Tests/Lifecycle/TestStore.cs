using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The memory store, which keeps the whole contract, and outlives the "processes" of a test; it can be looked into, damaged and made to fail.</summary>
internal sealed class TestStore(TimeProvider time) : IAcmeStore
{
    private readonly MemoryStore _store = new(time);
    private int _writes;

    /// <summary>Asked before each write or delete; throws to stand for a failing medium.</summary>
    public Action<RecordKey> BeforeWrite { get; set; } = _ => { };

    /// <summary>What a reader is given of a record.</summary>
    public Func<StoreRecord, StoreRecord> Shown { get; set; } = record => record;

    /// <summary>False: some other process holds every lease.</summary>
    public bool LeaseIsFree { get; set; } = true;

    /// <summary>Writes and deletes that were carried out.</summary>
    public int Writes => _writes;

    public IReadOnlyList<StoreRecord> All(RecordKind kind) => [.. _store.ListAsync(kind, null, CancellationToken.None).ToBlockingEnumerable()];

    /// <summary>Other bytes in a part of a record, as a bad medium or a hand would leave them.</summary>
    public void Damage(RecordKey key, string part, byte[]? bytes = null)
    {
        var content = Assert.Single(All(key.Kind), record => record.Key == key).Content;
        var damaged = new RecordContent([.. content.Parts.Select(old => old.Name == part ? old with { Bytes = bytes ?? "damaged"u8.ToArray() } : old)]);
        var written = _store.WriteAsync(key, damaged, null, null, CancellationToken.None);
        Assert.True(written.IsCompletedSuccessfully);
    }

    public async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
        await _store.ReadAsync(key, cancellationToken) is { } record ? Shown(record) : null;

    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in _store.ListAsync(kind, afterName, cancellationToken)) yield return Shown(record);
    }

    public async ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
    {
        BeforeWrite(key);
        var version = await _store.WriteAsync(key, content, expected, fence, cancellationToken);
        Interlocked.Increment(ref _writes);
        return version;
    }

    public async ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
    {
        BeforeWrite(key);
        await _store.DeleteAsync(key, expected, fence, cancellationToken);
        Interlocked.Increment(ref _writes);
    }

    public async ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) =>
        LeaseIsFree ? await _store.TryLeaseAsync(resource, owner, duration, cancellationToken) : null;

    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => _store.WatchAsync(after, cancellationToken);
}
