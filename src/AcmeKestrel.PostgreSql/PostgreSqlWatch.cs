using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.PostgreSql;

/// <summary>Follows the feed: looks when it is told that there is something, and else once a second.</summary>
internal sealed class PostgreSqlWatch(DatabaseFeed feed, ChangeListener listener, StoreWatchRequest request, StoreCursor start, TimeProvider time) : IStoreWatch
{
    /// <summary>A look reads one row by its key.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public StoreCursor Start { get; } = start;

    public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var listening = listener.Join();
        var at = Start;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var more = listener.Next;
            var (changes, end) = await feed.ReadAsync(at, cancellationToken).ConfigureAwait(false);
            foreach (var change in changes)
            {
                if (request.Kind is not { } kind || change.Key is not { } key || key.Kind == kind) yield return change;
            }

            if (end == at) await WaitAsync(more, cancellationToken).ConfigureAwait(false);
            at = end;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task WaitAsync(Task more, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(more, Task.Delay(Interval, time, over.Token)).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
    }
}
