using System.Globalization;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>A change of the feed: its position, and the text that no other change has.</summary>
internal readonly record struct FeedMark(long Position, string Text) : IComparable<FeedMark>
{
    /// <summary>Null: it is none.</summary>
    public static FeedMark? Parse(string text) =>
        text.Split('-') is [var position, _] && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at) ? new FeedMark(at, text) : null;

    /// <summary>Of the columns position, mark.</summary>
    public static FeedMark Read(NpgsqlDataReader row) => new(row.GetInt64(0), row.GetString(1));

    /// <summary>By the positions alone.</summary>
    public int CompareTo(FeedMark other) => Position.CompareTo(other.Position);
}
