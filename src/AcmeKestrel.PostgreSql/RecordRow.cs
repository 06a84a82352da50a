using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>A record as a row has it: the part that lists of many ask for, and the others.</summary>
internal sealed record RecordRow(byte[]? Meta, string[] Names, bool[] Secret, byte[][] Bytes)
{
    private const string MetaPart = "meta.json";

    public long Size => Bytes.Sum(part => (long)part.Length) + (Meta?.Length ?? 0);

    public static RecordRow Of(RecordContent content)
    {
        var meta = content.Parts.FirstOrDefault(part => part is { Name: MetaPart, Secret: false });
        var others = content.Parts.Where(part => part != meta).ToList();
        return new RecordRow(meta?.Bytes.ToArray(), [.. others.Select(part => part.Name)], [.. others.Select(part => part.Secret)], [.. others.Select(part => part.Bytes.ToArray())]);
    }

    /// <summary>Of the columns name, version, meta, parts, secret, bytes.</summary>
    public static StoreRecord Read(RecordKind kind, NpgsqlDataReader row)
    {
        var key = new RecordKey(kind, row.GetString(0));
        var parts = row.IsDBNull(2) ? new List<RecordPart>() : [new RecordPart(MetaPart, row.GetFieldValue<byte[]>(2))];
        var (names, secret, bytes) = (row.GetFieldValue<string?[]>(3), row.GetFieldValue<bool?[]>(4), row.GetFieldValue<byte[]?[]>(5));
        var isWhole = names.Length == secret.Length && names.Length == bytes.Length && !names.Contains(null) && !secret.Contains(null) && !bytes.Contains(null);
        if (isWhole) parts.InsertRange(0, names.Select((name, i) => new RecordPart(name!, bytes[i], secret[i]!.Value)));
        return new StoreRecord(key, new RecordVersion(row.GetString(1)), new RecordContent(parts))
        {
            Error = isWhole ? null : $"The record {key} in PostgreSQL is damaged: not each of its parts has a name, a content and a word on whether it is secret. Another program wrote it.",
        };
    }
}
