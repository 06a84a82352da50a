using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The memory store, which keeps the whole contract, and outlives the "processes" of a test; it can be looked into, damaged and made to fail.</summary>
internal sealed class TestStore(TimeProvider time) : DelegatingStore(new MemoryStore(time))
{
    private int _writes;

    /// <summary>Asked before each write or delete; throws to stand for a failing medium.</summary>
    public Action<RecordKey> BeforeWrite { get; set; } = _ => { };

    /// <summary>What a reader is given of a record.</summary>
    public Func<StoreRecord, StoreRecord> Shown { get; set; } = record => record;

    /// <summary>False: some other process holds every lease.</summary>
    public bool LeaseIsFree { get; set; } = true;

    /// <summary>Writes and deletes that were carried out.</summary>
    public int Writes => _writes;

    public IReadOnlyList<StoreRecord> All(RecordKind kind) => [.. Inner.ListAsync(kind, null, CancellationToken.None).ToBlockingEnumerable()];

    /// <summary>Other bytes in a part of a record, as a bad medium or a hand would leave them.</summary>
    public void Damage(RecordKey key, string part, byte[]? bytes = null)
    {
        var content = Assert.Single(All(key.Kind), record => record.Key == key).Content;
        var damaged = new RecordContent([.. content.Parts.Select(old => old.Name == part ? old with { Bytes = bytes ?? "damaged"u8.ToArray() } : old)]);
        var written = Inner.WriteAsync(key, damaged, null, null, CancellationToken.None);
        Assert.True(written.IsCompletedSuccessfully);
    }

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
        await base.ReadAsync(key, cancellationToken) is { } record ? Shown(record) : null;

    public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in Inner.ListAsync(query, cancellationToken)) yield return Shown(record);
    }

    public override async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var head in Inner.ListHeadsAsync(query, cancellationToken))
        {
            if (await ReadAsync(head.Key, cancellationToken) is { } shown) yield return StorePart.Of(shown, query.Part);
        }
    }

    public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        BeforeWrite(write.Key);
        var version = await base.WriteAsync(write, cancellationToken);
        Interlocked.Increment(ref _writes);
        return version;
    }

    public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        BeforeWrite(deletion.Key);
        var removed = await base.DeleteAsync(deletion, cancellationToken);
        Interlocked.Increment(ref _writes);
        return removed;
    }

    public override async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken) =>
        LeaseIsFree ? await base.TryLeaseAsync(request, cancellationToken) : null;
}
