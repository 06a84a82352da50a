using System.Runtime.CompilerServices;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files.Blocking;

namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Lists one part of the heads of a kind's groups: what the index has of the records that are there, then the others by their folders, and those that hang without what they hold. Where the index is torn, or mostly has
/// what is no head any more, it is made anew of what can be used; what it lacked is put at its end.
/// </summary>
/// <param name="mend">Does what the index wants done to it, when it may be written to.</param>
internal sealed class HeadReader(RecordReader records, FileWork work, PatientReads reads, PartIndex index, Action<Action> mend)
{
    /// <summary>A hop to another thread for each of a hundred thousand would cost more than the reading.</summary>
    private const int AtOnce = 256;

    public async IAsyncEnumerable<IReadOnlyList<StorePart>> ListAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (kind, part) = (query.Kind, query.Part);
        var isIndexed = StateLayout.IndexedPart(kind) == part;
        var heads = await work.RunAsync(() => records.Heads(kind), cancellationToken).ConfigureAwait(false);
        query.Named?.Invoke(heads.Values);
        var known = new HashSet<string>(StringComparer.Ordinal);
        if (isIndexed)
        {
            known.EnsureCapacity(heads.Count);
            using var indexed = Indexed(kind, heads, known).Chunk(AtOnce).GetEnumerator();
            while (await work.RunAsync(() => indexed.MoveNext() ? indexed.Current : null, cancellationToken).ConfigureAwait(false) is { } parts) yield return parts;
        }

        RecordPlace[] others = [.. heads.Values.Where(name => !known.Contains(name)).Select(name => records.PlaceOf(new RecordKey(kind, name)))];
        await foreach (var parts in reads.ReadAllAsync(others, place => isIndexed ? records.ReadPart(place.Key, part) : Whole(place, part), place => new StorePart(place.Key, null), AtOnce, cancellationToken).ConfigureAwait(false))
        {
            if (isIndexed) await work.RunAsync(() => Remember(parts), cancellationToken).ConfigureAwait(false);
            yield return parts;
        }
    }

    private StorePart? Whole(RecordPlace place, string part) => records.ReadAt(place) is { } record ? StorePart.Of(record, part) : null;

    private bool Remember(IReadOnlyList<StorePart> parts)
    {
        var told = parts.Where(found => found.Bytes is not null).Select(found => (found.Key.Name, found.Bytes!.Value)).ToList();
        if (told.Count > 0) mend(() => index.Append(told));
        return told.Count > 0;
    }

    private IEnumerable<StorePart> Indexed(RecordKind kind, Dictionary<string, string> heads, HashSet<string> known)
    {
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
