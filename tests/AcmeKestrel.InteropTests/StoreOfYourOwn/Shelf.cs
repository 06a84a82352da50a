using AcmeKestrel.Storage;

namespace Shelves;

/// <summary>Stands for the engine, which all processes share: what happens under its gate is one step, as a transaction or a script is.</summary>
public sealed class Shelf(TimeProvider clock)
{
    private readonly string _id = Guid.NewGuid().ToString("n");
    private readonly List<(StoreChangeKind Kind, RecordKey Key)> _changes = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Lock Gate { get; } = new();

    /// <summary>Only its timestamps count: the time of day may be set.</summary>
    public TimeProvider Clock => clock;

    public Dictionary<RecordKey, StoreRecord> Records { get; } = [];

    /// <summary>By resource. Tokens outlive leases: nothing here is ever removed.</summary>
    public Dictionary<string, (string Owner, long Token, long From, TimeSpan Duration)> Leases { get; } = [];

    /// <summary>Whether this lease is the last one of its resource, and has not ended.</summary>
    public bool Stands(Fence fence) => Leases.TryGetValue(fence.Resource, out var lease) && lease.Token == fence.Token && clock.GetElapsedTime(lease.From) < lease.Duration;

    public void Tell(StoreChangeKind kind, RecordKey key)
    {
        _changes.Add((kind, key));
        _more.SetResult();
        _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public StoreCursor End => new($"{_id}:{_changes.Count}");

    /// <summary>The change after this place, a reset where the place is not known, or null and what to wait for.</summary>
    public (StoreChange? Change, Task More) After(StoreCursor place)
    {
        lock (Gate)
        {
            if (place == End) return (null, _more.Task);
            if (!place.Value.StartsWith($"{_id}:", StringComparison.Ordinal)) return (new StoreChange(StoreChangeKind.Reset, null, End), _more.Task);

            var at = int.Parse(place.Value.AsSpan(_id.Length + 1), null);
            return (new StoreChange(_changes[at].Kind, _changes[at].Key, new StoreCursor($"{_id}:{at + 1}")), _more.Task);
        }
    }
}
