using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Providers;

/// <summary>The records of one CA's ledger: what a change costs goes with the change (<see cref="LedgerLayers"/>). One call at a time.</summary>
internal sealed class LedgerRecords(StateSession session, CaKey ca)
{
    /// <summary>How often it is looked whether what was written is still there.</summary>
    public static readonly TimeSpan BetweenChecks = TimeSpan.FromMinutes(1);

    private readonly RecordKey _key = LedgerRecord.Key(ca);

    /// <summary>Of this whole record and the levels beside it.</summary>
    private readonly Dictionary<RecordKey, RecordVersion> _written = [];
    private LedgerLayers _layers = LedgerLayers.None;
    private DateTimeOffset _checkedAt;

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

    /// <summary>
    /// A hand may have taken a record away, an engine that fell may have lost what it had confirmed, and a write that was given up may have come late: levels beside another whole record count for nothing, and the next one would
    /// be as far away as the largest level is large. What is not as it was written has the whole written next.
    /// </summary>
    public async ValueTask CheckAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_layers.Levels.IsEmpty || (now - _checkedAt).Duration() < BetweenChecks) return;

        foreach (var (key, version) in _written)
        {
            if ((await session.ReadAsync(key, cancellationToken).ConfigureAwait(false))?.Version == version) continue;

            _layers = LedgerLayers.None;
            return;
        }

        _checkedAt = now;
    }

    /// <inheritdoc cref="LedgerLayers.RoomFor"/>
    public (int Level, LedgerChanges Changes)? RoomFor(LedgerChanges changes) => _layers.RoomFor(changes);

    /// <summary>One record. Where it throws, the same changes are to be written with the next ones.</summary>
    /// <param name="room">Where there is some for what has changed; null: the whole is written.</param>
    public async Task WriteAsync(LedgerState state, (int Level, LedgerChanges Changes)? room, CancellationToken cancellationToken)
    {
        if (room is var (level, held))
        {
            var key = LedgerRecord.LevelKey(ca, level);
            _written[key] = await session.WriteAsync(key, LedgerRecord.Write(LedgerLevel.From(state, held, _layers.Whole!, _layers.Change + 1)), cancellationToken).ConfigureAwait(false);
            _layers = _layers.With(level, held);
            return;
        }

        var whole = Guid.NewGuid().ToString("N");
        var layers = LedgerLayers.Over(state, whole);
        var version = await session.WriteAsync(_key, LedgerRecord.Write(state with { Levels = layers.Levels.IsEmpty ? null : new LedgerLevels(whole, layers.Levels.Length) }), cancellationToken).ConfigureAwait(false);
        _written.Clear();
        _written[_key] = version;
        (_layers, _checkedAt) = (layers, state.At ?? _checkedAt);
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
