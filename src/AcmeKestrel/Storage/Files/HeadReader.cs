using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Lists one part of the heads of a kind's groups: what the index has of the records that are there, then the others by their folders. Where the index is torn, or mostly has what is no head any more,
/// it is made anew of what can be used; what it lacked is put at its end.
/// </summary>
internal sealed class HeadReader(RecordReader records, PartIndex index)
{
    private const int MendedAtOnce = 1024;

    /// <param name="kind">Of records that the index is for.</param>
    /// <param name="part">The part that the index holds.</param>
    /// <param name="mend">Does what the index wants done to it, when it may be written to.</param>
    public IEnumerable<StorePart> List(RecordKind kind, string part, Action<Action> mend)
    {
        var heads = records.Heads(kind);
        var known = new HashSet<string>(heads.Count, StringComparer.Ordinal);
        var (entries, isWhole) = (0, false);
        using (var indexed = index.Read())
        {
            for (; indexed.TryRead(out var name, out var bytes); entries++)
            {
                if (FindHead(heads, name) is not { } head) continue;

                known.Add(head);
                yield return new StorePart(new RecordKey(kind, head), bytes.ToArray());
            }

            isWhole = indexed.IsWhole;
        }

        if (!isWhole || entries > 64 + (2 * known.Count)) mend(() => index.Write(Kept(heads)));
        foreach (var missing in heads.Values.Where(name => !known.Contains(name)).Chunk(MendedAtOnce))
        {
            var fresh = new List<(string Name, ReadOnlyMemory<byte> Part)>();
            foreach (var name in missing)
            {
                if (records.ReadPart(new RecordKey(kind, name), part) is not { } found) continue;

                yield return found;
                if (found.Bytes is { } bytes) fresh.Add((name, bytes));
            }

            if (fresh.Count > 0) mend(() => index.Append(fresh));
        }
    }

    private IEnumerable<(string Name, ReadOnlyMemory<byte> Part)> Kept(Dictionary<string, string> heads)
    {
        using var indexed = index.Read();
        while (indexed.TryRead(out var name, out var bytes))
        {
            if (FindHead(heads, name) is { } head) yield return (head, bytes.ToArray());
        }
    }

    /// <summary>The name itself, as the heads have it, where it is one.</summary>
    private static string? FindHead(Dictionary<string, string> heads, string name) =>
        heads.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(RecordRules.GroupOf(name), out var head) && head == name ? head : null;
}
