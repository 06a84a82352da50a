using System.Globalization;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage;

/// <summary>The last changes made in this process. A watcher is a position, so an abandoned one costs nothing; one that falls behind the ring, or comes with another process's cursor, gets a Reset.</summary>
internal sealed class ChangeFeed(int capacity = 1024)
{
    private readonly Lock _gate = new();
    private readonly string _process = Guid.NewGuid().ToString("n");
    private readonly (StoreChangeKind Kind, RecordKey Key)[] _ring = new (StoreChangeKind, RecordKey)[capacity];
    private long _next;
    private TaskCompletionSource _more = NewSignal();

    public void Publish(StoreChangeKind kind, RecordKey key)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            _ring[_next++ % capacity] = (kind, key);
            waiting = _more;
            _more = NewSignal();
        }

        waiting.SetResult();
    }

    /// <summary>The position is taken here, not at the first read: nothing between the two is missed.</summary>
    public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken)
    {
        lock (_gate) return ReadAsync(after is { } cursor ? Position(cursor) : _next, cancellationToken);
    }

    private async IAsyncEnumerable<StoreChange> ReadAsync(long? position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            StoreChange? change = null;
            var more = Task.CompletedTask;
            lock (_gate)
            {
                if (position is not { } at || at < _next - capacity)
                {
                    position = _next;
                    change = new StoreChange(StoreChangeKind.Reset, null, Cursor(_next));
                }
                else if (at < _next)
                {
                    var (kind, key) = _ring[at % capacity];
                    position = at + 1;
                    change = new StoreChange(kind, key, Cursor(at + 1));
                }
                else
                {
                    more = _more.Task;
                }
            }

            if (change is { } item) yield return item;
            else await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private StoreCursor Cursor(long position) => new(string.Create(CultureInfo.InvariantCulture, $"{_process}:{position}"));

    private long? Position(StoreCursor cursor)
    {
        var prefix = _process + ":";
        return cursor.Value.StartsWith(prefix, StringComparison.Ordinal)
            && long.TryParse(cursor.Value.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            && position <= _next
                ? position
                : null;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
