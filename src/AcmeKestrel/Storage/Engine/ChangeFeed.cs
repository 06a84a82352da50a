using System.Globalization;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Storage.Engine;

/// <summary>The last changes made in this process. A watcher is a position, so an abandoned one costs nothing; one that falls behind the ring, or comes with another process's cursor, gets a Reset.</summary>
internal sealed class ChangeFeed(int capacity = 1024)
{
    private readonly Lock _gate = new();
    private readonly string _process = Guid.NewGuid().ToString("n");
    private readonly (StoreChangeKind Kind, RecordKey Key)[] _ring = new (StoreChangeKind, RecordKey)[capacity];
    private readonly Signal _more = new();
    private long _next;

    public void Publish(StoreChangeKind kind, RecordKey key)
    {
        lock (_gate) _ring[_next++ % capacity] = (kind, key);
        _more.Set();
    }

    public IStoreWatch Open(StoreWatchRequest request)
    {
        lock (_gate) return new Watch(this, request, request.After is { } cursor ? Position(cursor) : _next);
    }

    /// <summary>The change at this position, or null where there is none yet; afterwards it is the next one's. A position that is known no more becomes the newest.</summary>
    private StoreChange? Take(ref long? position)
    {
        lock (_gate)
        {
            if (position is not { } at || at < _next - capacity)
            {
                position = _next;
                return new StoreChange(StoreChangeKind.Reset, null, Cursor(_next));
            }

            if (at == _next) return null;

            var (kind, key) = _ring[at % capacity];
            position = at + 1;
            return new StoreChange(kind, key, Cursor(at + 1));
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

    private sealed class Watch(ChangeFeed feed, StoreWatchRequest request, long? position) : IStoreWatch
    {
        public StoreCursor Start { get; } = position is { } known ? feed.Cursor(known) : request.After!.Value;

        public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var at = position;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var more = feed._more.Next;
                if (feed.Take(ref at) is not { } change) await more.WaitAsync(cancellationToken).ConfigureAwait(false);
                else if (change.Concerns(request)) yield return change;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
