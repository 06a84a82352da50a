using System.Globalization;
using AcmeKestrel.Storage;

namespace AcmeKestrel.PostgreSql;

/// <summary>
/// The last changes, in the order in which they were committed. A cursor is the mark of the last one that was seen: where there is no longer exactly that one, because it was too long ago or the database is another one
/// or was restored, there is a reset.
/// </summary>
internal sealed class DatabaseFeed(Database database)
{
    private const long ChangesOfAPage = 1000;

    public async Task<StoreCursor> FindNewestAsync(CancellationToken cancellationToken) =>
        new((await database.ReadAsync(Statements.Newest, [], row => row.GetString(0), cancellationToken).ConfigureAwait(false)).Single());

    public async Task<IReadOnlyList<StoreChange>> ReadAsync(StoreCursor after, CancellationToken cancellationToken)
    {
        if (Position(after) is { } position)
        {
            var changes = await database.ReadAsync(
                Statements.Changes,
                [position, ChangesOfAPage],
                row => (Mark: row.GetString(0), IsDeleted: row.GetBoolean(1), Kind: row.GetString(2), Name: row.GetString(3)),
                cancellationToken).ConfigureAwait(false);
            if (changes is [var (mark, _, _, _), ..] && mark == after.Value)
            {
                return [.. changes.Skip(1).Select(change => new StoreChange(change.IsDeleted ? StoreChangeKind.Deleted : StoreChangeKind.Written, new RecordKey(new RecordKind(change.Kind), change.Name), new StoreCursor(change.Mark)))];
            }
        }

        return [new StoreChange(StoreChangeKind.Reset, null, await FindNewestAsync(cancellationToken).ConfigureAwait(false))];
    }

    private static long? Position(StoreCursor cursor) =>
        cursor.Value.Split('-') is [var position, _] && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? at : null;
}
