using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Parts of records, to and from what they mean.</summary>
internal static class RecordCodec
{
    public static RecordPart Json<T>(string name, T value, JsonTypeInfo<T> type) => new(name, JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static RecordPart Text(string name, string text, bool secret = false) => new(name, Encoding.UTF8.GetBytes(text), secret);

    /// <summary>A part of a record that must be whole.</summary>
    /// <exception cref="DamagedRecordException">The record or the part is damaged or missing; the message names it.</exception>
    /// <exception cref="StoreUnavailableException">The record could not be read, and may be whole.</exception>
    public static T Json<T>(StoreRecord record, string part, JsonTypeInfo<T> type) => Json(record.Key, Whole(record), part, type);

    /// <exception cref="DamagedRecordException">The part is damaged or missing.</exception>
    public static T Json<T>(RecordKey key, RecordContent content, string part, JsonTypeInfo<T> type) =>
        Decode(key, () => JsonSerializer.Deserialize(Part(key, content, part).Span, type) ?? throw new DamagedRecordException($"{key}: {part} is empty"), part);

    /// <exception cref="DamagedRecordException">As above.</exception>
    public static string Text(StoreRecord record, string part) => Encoding.UTF8.GetString(Part(record, part).Span);

    /// <exception cref="DamagedRecordException">As above.</exception>
    public static ReadOnlyMemory<byte> Part(StoreRecord record, string part) => Part(record.Key, Whole(record), part);

    /// <exception cref="DamagedRecordException">The part is missing.</exception>
    public static ReadOnlyMemory<byte> Part(RecordKey key, RecordContent content, string part) => content.Find(part) ?? throw new DamagedRecordException($"{key}: {part} is missing");

    /// <summary>What the record holds.</summary>
    /// <exception cref="DamagedRecordException">As above.</exception>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    public static RecordContent Whole(StoreRecord record)
    {
        if (record.Error is { } error) throw record.IsUnread ? new StoreUnavailableException(error) : new DamagedRecordException(error);
        return record.Content;
    }

    /// <summary>What is read out of a record. Whatever that throws is damage of this record, and nobody else's trouble: no reader thinks of all that a hand, a disk or an engine of its own may leave there.</summary>
    /// <param name="part">The one that is read; null: it is more than one.</param>
    /// <exception cref="DamagedRecordException">It cannot be read; the message names it.</exception>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    public static T Decode<T>(RecordKey key, Func<T> read, string? part = null)
    {
        try
        {
            return read();
        }
        catch (Exception unthought) when (unthought is not (DamagedRecordException or StoreUnavailableException))
        {
            throw new DamagedRecordException(part is null ? $"{key} cannot be read: {unthought.Message}" : $"{key}: {part} is damaged ({unthought.Message})", unthought);
        }
    }
}
