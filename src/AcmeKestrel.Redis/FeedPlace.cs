using System.Globalization;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Redis;

/// <summary>Where a reader stands: at the last entry that was seen, and how many losses were known then.</summary>
internal readonly record struct FeedPlace(FeedPosition Position, int Losses)
{
    private const char Separator = '/';

    public StoreCursor Cursor => new(string.Create(CultureInfo.InvariantCulture, $"{Position.Id}{(Losses == 0 ? "" : $"{Separator}{Losses}")}:{Position.Mark}"));

    /// <summary>Null: no store like this one made it.</summary>
    public static FeedPlace? Parse(StoreCursor cursor)
    {
        if (cursor.Value.IndexOf(':') is not (> 0 and var colon)) return null;

        var (id, losses) = (cursor.Value[..colon], 0);
        if (id.IndexOf(Separator) is >= 0 and var end)
        {
            if (!int.TryParse(id.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out losses)) return null;
            id = id[..end];
        }

        return FeedPosition.Parse(id, cursor.Value[(colon + 1)..]) is { } position ? new FeedPlace(position, losses) : null;
    }
}
