using System.Runtime.CompilerServices;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Storage.Files;

/// <summary>Follows the journal: what this process writes is seen at once, what another one writes at the next look.</summary>
/// <param name="read">The changes after a cursor.</param>
/// <param name="written">By this process.</param>
internal sealed class DirectoryWatch(StoreWatchRequest request, StoreCursor start, Func<StoreCursor, CancellationToken, Task<IReadOnlyList<StoreChange>>> read, Signal written, TimeProvider time) : IStoreWatch
{
    /// <summary>A look reads a file that the page cache has.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public StoreCursor Start { get; } = start;

    public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = Start;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var more = written.Next;
            var changes = await read(at, cancellationToken).ConfigureAwait(false);
            foreach (var change in changes)
            {
                at = change.Cursor;
                if (change.Concerns(request)) yield return change;
            }

            if (changes.Count == 0) await WaitAsync(more, cancellationToken).ConfigureAwait(false);
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
