using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>A change as a row of the feed has it. The very first one is of no record.</summary>
internal sealed record ChangeRow(FeedMark Mark, bool IsDeleted, string Kind, string Name)
{
    /// <summary>Of the columns position, mark, deleted, kind, name.</summary>
    public static ChangeRow Read(NpgsqlDataReader row) => new(FeedMark.Read(row), row.GetBoolean(2), row.GetString(3), row.GetString(4));

    /// <summary>Null where the record is nobody's here.</summary>
    /// <param name="losses">Known before it was read.</param>
    public StoreChange? ToChange(int losses) =>
        RecordRules.FindKey(Kind, Name) is { } key ? new StoreChange(IsDeleted ? StoreChangeKind.Deleted : StoreChangeKind.Written, key, new FeedPlace(Mark, losses).Cursor) : null;
}
