using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Copies;

/// <summary>
/// One copy, in rounds: each reads both stores side by side, an order before the certificate that comes of it and accounts last (<see cref="BackupPaths.Kinds"/>), and brings what differs; what the source has no more goes at its end. A round that finds both the
/// same has shown that they are. Where a server goes on, the last round changes nothing and names what it finds.
/// </summary>
internal sealed class CopyWork(IAcmeStore source, IAcmeStore target, StateSession session, StateLinks links, bool overwrite)
{
    private const int LastRound = 3;

    /// <summary>An operator reads a few.</summary>
    private const int Told = 100;

    private readonly List<string> _problems = [];
    private readonly List<string> _differences = [];
    private readonly List<string> _lost = [];
    private HashSet<RecordKey> _own = [];
    private int _copied;
    private int _unchanged;
    private int _removed;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _own = [.. await OwnRecords.FindAsync(source, target, cancellationToken).ConfigureAwait(false)];
        if (_own.Count > 0 && !overwrite)
        {
            throw new StoreUnavailableException(
                $"The target has what the source does not have: {string.Join(", ", _own.Take(5))}{(_own.Count > 5 ? $" and {_own.Count - 5} more" : "")}. A server has worked there, or the source has given that up since it was copied. Nothing was copied; where it may go, say so (--overwrite).");
        }

        IReadOnlyList<RecordKind> kinds = [.. StateItems.OtherKinds(source).Union(StateItems.OtherKinds(target)), .. BackupPaths.Kinds];
        for (var round = 1; round <= LastRound && await IsDifferentAsync(kinds, round, cancellationToken).ConfigureAwait(false);) round++;

        await links.LinkAsync(cancellationToken).ConfigureAwait(false);
    }

    public AcmeStoreCopyResult Tell(string from, string to) => new(from, to) { Copied = _copied, Unchanged = _unchanged, Removed = _removed, Lost = _lost, Problems = _problems, Differences = _differences };

    /// <summary>True: something was not the same in both, whether or not it is now.</summary>
    private async Task<bool> IsDifferentAsync(IReadOnlyList<RecordKind> kinds, int round, CancellationToken cancellationToken)
    {
        _problems.Clear();
        _differences.Clear();
        var before = _copied + _removed;
        var extra = new List<RecordKey>();
        foreach (var kind in kinds)
        {
            await foreach (var (record, present) in RecordPairs.ReadAsync(source, target, kind, cancellationToken).ConfigureAwait(false))
            {
                if (record is not null) await BringAsync(record, present, round, cancellationToken).ConfigureAwait(false);
                else if (present is { Error: { } error }) Add(_problems, $"{present.Key} of the target, which the source does not have: {error}");
                else if (present is not null) extra.Add(present.Key);
            }
        }

        foreach (var key in extra) await RemoveAsync(key, round, cancellationToken).ConfigureAwait(false);
        return _copied + _removed != before || _differences.Count > 0;
    }

    private async Task BringAsync(StoreRecord record, StoreRecord? present, int round, CancellationToken cancellationToken)
    {
        if (record.Error is null && present is { Error: null } && present.Content.HoldsTheSameAs(record.Content))
        {
            if (round == 1) _unchanged++;
            links.Note(present);
            return;
        }

        if (BackupReader.FindFault(record) is { } fault)
        {
            Add(_problems, fault);
            return;
        }

        if (round == LastRound)
        {
            Add(_differences, present is null ? $"{record.Key} is new" : $"{record.Key} has changed");
            return;
        }

        // Its keys, or its disk, may be back in a while; what was written over it is not.
        if (present is { IsUnread: true, Error: { } unread } && !overwrite) throw new StoreUnavailableException($"{record.Key} of the target cannot be read, and is not replaced: {unread}. What was copied by then stays; where it may go, say so (--overwrite).");

        await session.WriteAsync(record.Key, record.Content, present?.Version ?? RecordVersion.Absent, cancellationToken).ConfigureAwait(false);
        _copied++;
        if (_own.Contains(record.Key)) Add(_lost, record.Key.ToString());
        links.Note(record);
    }

    /// <summary>Once more looked for: what was written while it was listed is no reason to remove anything.</summary>
    private async Task RemoveAsync(RecordKey key, int round, CancellationToken cancellationToken)
    {
        if (await source.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not null)
        {
            Add(_differences, $"{key} is new");
            return;
        }

        if (round == LastRound)
        {
            Add(_differences, $"{key} is gone");
            return;
        }

        if (await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } present) return;

        await session.DeleteAsync(key, present.Version, cancellationToken).ConfigureAwait(false);
        _removed++;
        links.Forget(present);
        if (_own.Contains(key)) Add(_lost, key.ToString());
    }

    private static void Add(List<string> list, string sentence)
    {
        if (list.Count < Told) list.Add(sentence);
    }
}
