using System.Globalization;
using AcmeKestrel.Storage;

namespace AcmeKestrel.PostgreSql;

/// <summary>Where a reader stands: at the last change that was seen, and how many losses were known then.</summary>
internal readonly record struct FeedPlace(FeedMark Mark, int Losses)
{
    private const char Separator = '/';

    public StoreCursor Cursor => new(Losses == 0 ? Mark.Text : string.Create(CultureInfo.InvariantCulture, $"{Mark.Text}{Separator}{Losses}"));

    /// <summary>Null: no store like this one made it.</summary>
    public static FeedPlace? Parse(StoreCursor cursor)
    {
        var (text, losses) = (cursor.Value, 0);
        if (text.IndexOf(Separator) is > 0 and var end)
        {
            if (!int.TryParse(text.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out losses)) return null;
            text = text[..end];
        }

        return FeedMark.Parse(text) is { } mark ? new FeedPlace(mark, losses) : null;
    }
}
