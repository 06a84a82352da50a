using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>The records of one CA's ledger: what a change costs goes with the change (<see cref="LedgerLayers"/>). One call at a time.</summary>
internal sealed class LedgerRecords(StateSession session, CaKey ca)
{
    private readonly RecordKey _key = LedgerRecord.Key(ca);
    private LedgerLayers _layers = LedgerLayers.None;

    /// <summary>Null: there is none yet.</summary>
    /// <exception cref="DamagedRecordException">One of them is damaged: what was spent is not known.</exception>
    public async ValueTask<LedgerState?> ReadAsync(CancellationToken cancellationToken)
    {
        while (await session.ReadAsync(_key, cancellationToken).ConfigureAwait(false) is { } record)
        {
            var whole = LedgerRecord.Read(record);
            if (whole.Levels is null) return whole;

            var levels = await ReadLevelsAsync(Math.Min(whole.Levels.Count, LedgerLayers.Most), cancellationToken).ConfigureAwait(false);

            // Beside whoever only looks another process may have written the whole anew, and levels beside that.
            if (session.Fence is not null || (await session.ReadAsync(_key, cancellationToken).ConfigureAwait(false))?.Version == record.Version) return LedgerLevel.Read(whole, levels);
        }

        return null;
    }

    /// <summary>Whether the whole is written next: time to let go of what says nothing any more.</summary>
    public bool IsWholeDue(LedgerChanges changes) => _layers.RoomFor(changes) is null;

    /// <summary>One record. Where it throws, the same changes are to be written with the next ones.</summary>
    public async Task WriteAsync(LedgerState state, LedgerChanges changes, CancellationToken cancellationToken)
    {
        if (_layers is { Whole: { } of } && _layers.RoomFor(changes) is var (level, held))
        {
            await session.WriteAsync(LedgerRecord.LevelKey(ca, level), LedgerRecord.Write(LedgerLevel.From(state, held, of, _layers.Change + 1)), cancellationToken).ConfigureAwait(false);
            _layers = _layers.With(level, held);
            return;
        }

        var whole = Guid.NewGuid().ToString("N");
        var layers = LedgerLayers.Over(state, whole);
        await session.WriteAsync(_key, LedgerRecord.Write(state with { Levels = layers.Levels.IsEmpty ? null : new LedgerLevels(whole, layers.Levels.Length) }), cancellationToken).ConfigureAwait(false);
        _layers = layers;
    }

    /// <summary>The smallest is read first: what moves on meanwhile is found in a larger one.</summary>
    private async Task<List<LedgerLevel>> ReadLevelsAsync(int count, CancellationToken cancellationToken)
    {
        var levels = new List<LedgerLevel>();
        for (var level = 0; level < count; level++)
        {
            if (await session.ReadAsync(LedgerRecord.LevelKey(ca, level), cancellationToken).ConfigureAwait(false) is { } record) levels.Insert(0, LedgerRecord.ReadLevel(record));
        }

        return levels;
    }
}
