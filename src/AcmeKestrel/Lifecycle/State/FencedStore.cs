using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>The store as this room uses it: every write carries the fence of the state's lease.</summary>
internal sealed class FencedStore(IAcmeStore store, StateLease lease)
{
    public IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, CancellationToken cancellationToken) => store.ListAsync(kind, null, cancellationToken);

    /// <summary>The records whose names begin with <paramref name="prefix"/>; no other is read but the one after the last.</summary>
    public async IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in store.ListAsync(kind, prefix, cancellationToken).ConfigureAwait(false))
        {
            if (!record.Key.Name.StartsWith(prefix, StringComparison.Ordinal)) yield break;
            yield return record;
        }
    }

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => store.ReadAsync(key, cancellationToken);

    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, CancellationToken cancellationToken) =>
        store.WriteAsync(key, content, null, lease.Fence, cancellationToken);

    /// <summary>Writes a record that no other may have written since; for what must never be there twice.</summary>
    public ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion expected, CancellationToken cancellationToken) =>
        store.WriteAsync(key, content, expected, lease.Fence, cancellationToken);

    public ValueTask DeleteAsync(RecordKey key, RecordVersion version, CancellationToken cancellationToken) => store.DeleteAsync(key, version, lease.Fence, cancellationToken);

    public async ValueTask DeleteAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } record) await DeleteAsync(key, record.Version, cancellationToken).ConfigureAwait(false);
    }

    public static RecordPart Json<T>(string name, T value, JsonTypeInfo<T> type) => new(name, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static RecordPart Text(string name, string text, bool secret = false) => new(name, Encoding.UTF8.GetBytes(text), secret);

    /// <summary>A part of a record that must be whole.</summary>
    /// <exception cref="DamagedRecordException">The record or the part is damaged or missing; the message names it.</exception>
    public static T Json<T>(StoreRecord record, string part, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Part(record, part).Span, type) ?? throw new DamagedRecordException($"{record.Key}: {part} is empty");
        }
        catch (Exception damaged) when (damaged is JsonException or NotSupportedException)
        {
            throw new DamagedRecordException($"{record.Key}: {part} is damaged ({damaged.Message})", damaged);
        }
    }

    public static string Text(StoreRecord record, string part) => Encoding.UTF8.GetString(Part(record, part).Span);

    public static ReadOnlyMemory<byte> Part(StoreRecord record, string part)
    {
        if (record.Error is { } error) throw new DamagedRecordException(error);
        return record.Content.Find(part) ?? throw new DamagedRecordException($"{record.Key}: {part} is missing");
    }
}

/// <summary>A stored record that cannot be used. It is left as it is; what depends on it is held.</summary>
internal sealed class DamagedRecordException(string message, Exception? inner = null) : Exception(message, inner);
