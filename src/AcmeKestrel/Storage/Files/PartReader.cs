namespace AcmeKestrel.Storage.Files;

/// <summary>
/// Lists one part of all records of a kind: what the index has of the records that are there, then the others by their folders. Where the index lacked any, or mostly had such as are gone, it is
/// made anew.
/// </summary>
internal sealed class PartReader(RecordReader records, PartIndex index)
{
    /// <summary>What the index has first.</summary>
    /// <param name="mend">Called where the index should hold these entries instead.</param>
    public IEnumerable<StorePart> List(RecordKind kind, string part, Action<IReadOnlyList<(string Name, ReadOnlyMemory<byte> Part)>> mend)
    {
        var names = records.Names(kind);
        var (kept, isWhole) = index.Read();
        var known = new Dictionary<string, ReadOnlyMemory<byte>>(kept.Count, StringComparer.Ordinal);
        foreach (var (name, bytes) in kept)
        {
            if (names.Contains(name)) known[name] = bytes;
        }

        foreach (var (name, bytes) in known) yield return new StorePart(new RecordKey(kind, name), bytes);

        var isNews = !isWhole || kept.Count > 2 * known.Count;
        names.ExceptWith(known.Keys);
        foreach (var name in names)
        {
            var key = new RecordKey(kind, name);
            if (records.ReadPart(key, part) is not { } found) continue;

            yield return found;
            if (found.Bytes is not { } bytes) continue;
            known[name] = bytes;
            isNews = true;
        }

        if (isNews) mend([.. known.Select(entry => (entry.Key, entry.Value))]);
    }
}
