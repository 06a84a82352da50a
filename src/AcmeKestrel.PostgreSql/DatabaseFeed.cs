using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.PostgreSql;

/// <summary>
/// The last changes, in the order in which they were committed. A cursor is the mark of the last one that was seen: where there is no longer exactly that one, because it was too long ago or the database is another one
/// or was restored, there is a reset. So there is where a change is missing behind it that this process made: what was acknowledged was committed, and whoever asks afterwards sees it.
/// </summary>
internal sealed class DatabaseFeed(Database database)
{
    private const int ChangesOfAPage = 1000;

    private readonly OwnWrites<FeedMark> _own = new();

    /// <summary>A change of this process was acknowledged.</summary>
    public void Note(string mark)
    {
        if (FeedMark.Parse(mark) is { } made) _own.Note(made);
    }

    public async Task<StoreCursor> FindNewestAsync(CancellationToken cancellationToken)
    {
        var (losses, _) = _own.Look(_ => false);
        var newest = await database.ReadAsync(Statements.Newest, [], FeedMark.Read, cancellationToken).ConfigureAwait(false);
        return new FeedPlace(newest.Single(), losses).Cursor;
    }

    /// <returns>Up to where they go, which is the place itself where there is nothing more.</returns>
    public async Task<(IReadOnlyList<StoreChange> Changes, StoreCursor End)> ReadAsync(StoreCursor after, CancellationToken cancellationToken)
    {
        if (FeedPlace.Parse(after) is not { } place) return await ResetAsync(cancellationToken).ConfigureAwait(false);

        // First, so that they were committed before the database is asked.
        var (losses, own) = _own.Look(made => made.CompareTo(place.Mark) > 0);
        if (place.Losses != losses) return await ResetAsync(cancellationToken).ConfigureAwait(false);

        var rows = await database.ReadAsync(Statements.Changes, [place.Mark.Position, (long)ChangesOfAPage], ChangeRow.Read, cancellationToken).ConfigureAwait(false);
        var page = new FeedPage<FeedMark>([.. rows.Select(row => row.Mark)], isCut: rows.Count == ChangesOfAPage);
        if (page.Lacks(place.Mark) || own.Any(page.Lacks)) _own.Lose(losses);
        else if (rows is [var first, .., var last] && first.Mark == place.Mark) return ([.. rows.Skip(1).Select(row => row.ToChange(losses)).OfType<StoreChange>()], new FeedPlace(last.Mark, losses).Cursor);
        else if (rows is [var only] && only.Mark == place.Mark) return ([], after);

        return await ResetAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<(IReadOnlyList<StoreChange> Changes, StoreCursor End)> ResetAsync(CancellationToken cancellationToken)
    {
        var newest = await FindNewestAsync(cancellationToken).ConfigureAwait(false);
        return ([new StoreChange(StoreChangeKind.Reset, null, newest)], newest);
    }
}
