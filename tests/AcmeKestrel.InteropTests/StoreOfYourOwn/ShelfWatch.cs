using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace Shelves;

/// <summary>Follows a shelf from one place on.</summary>
public sealed class ShelfWatch(Shelf shelf, RecordKind? kind, StoreCursor start) : IStoreWatch
{
    public StoreCursor Start => start;

    public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var place = start; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (found, more) = shelf.After(place);
            if (found is not { } change)
            {
                await more.WaitAsync(cancellationToken);
                continue;
            }

            place = change.Cursor;
            if (change.Key is not { } key || kind is null || key.Kind == kind) yield return change;
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
