using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>A record as a hash in Redis: a field for the version, and one for each part, whose name says whether it is secret.</summary>
internal static class RedisRecord
{
    private const string Version = "version";
    private const string Open = "part:";
    private const string Secret = "secret:";

    /// <summary>What <see cref="RedisScripts.Read"/> says of a record that it knows the name of and nothing else.</summary>
    private const string Lost = "lost";

    /// <summary>And of one in whose place there is something else.</summary>
    private const string Other = "other";

    /// <summary>The two fields that a part may be in.</summary>
    public static RedisValue[] FieldsOf(string part) => [Open + part, Secret + part];

    /// <summary>Fields and values in turn; the version's are the script's.</summary>
    public static IEnumerable<RedisValue> Write(RecordContent content) =>
        content.Parts.SelectMany(part => (RedisValue[])[(part.Secret ? Secret : Open) + part.Name, part.Bytes]);

    /// <summary>Null: there is none.</summary>
    public static StoreRecord? Read(RecordKey key, RedisResult answer)
    {
        var fields = (RedisValue[])answer!;
        if (fields.Length == 0) return null;
        if (fields is [var word] && word == Lost) return Damaged(key, [], "its name is there and its content is gone. Redis has thrown it away for want of memory (maxmemory-policy must be noeviction), or somebody removed it by hand");
        if (fields is [var what] && what == Other) return Damaged(key, [], "its key holds what is no hash: another program wrote it");

        return Read(key, [.. fields.Chunk(2).Select(pair => new HashEntry(pair[0], pair[1]))]);
    }

    public static StoreRecord Read(RecordKey key, HashEntry[] fields)
    {
        var parts = new List<RecordPart>(fields.Length);
        string? version = null;
        foreach (var field in fields)
        {
            var name = field.Name.ToString();
            if (name == Version) version = field.Value.ToString();
            else if (name.StartsWith(Open, StringComparison.Ordinal)) parts.Add(new RecordPart(name[Open.Length..], Bytes(field.Value)));
            else if (name.StartsWith(Secret, StringComparison.Ordinal)) parts.Add(new RecordPart(name[Secret.Length..], Bytes(field.Value), secret: true));
        }

        return version is null ? Damaged(key, parts, "it has no version: another program wrote it") : new StoreRecord(key, new RecordVersion(version), new RecordContent(parts));
    }

    public static ReadOnlyMemory<byte> Bytes(RedisValue value) => (byte[]?)value ?? [];

    private static StoreRecord Damaged(RecordKey key, IReadOnlyList<RecordPart> parts, string why) =>
        new(key, RecordVersion.Absent, new RecordContent(parts)) { Error = $"The record {key} in Redis is damaged: {why}." };
}
