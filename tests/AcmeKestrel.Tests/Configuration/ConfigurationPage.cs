using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.Configuration;

/// <summary>The tables of docs/configuration.md.</summary>
internal sealed partial class ConfigurationPage
{
    public string Text { get; } = File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md"));

    /// <summary>A row for each key.</summary>
    public IReadOnlyList<Row> Rows() => [.. Keys().Matches(Text).Select(row => Row.Of(row.Value.Trim('|', ' ').Split(" | ")))];

    /// <summary>Blocks of JSON in the page that is given.</summary>
    public static IEnumerable<string> Samples(string page) => Blocks().Matches(page).Select(block => block.Groups[1].Value);

    private static IEnumerable<string> Quoted(string cell) => Quotes().Matches(cell).Select(quote => quote.Groups[1].Value);

    [GeneratedRegex(@"^\| `Acme:.*\|$", RegexOptions.Multiline)]
    private static partial Regex Keys();

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quotes();

    [GeneratedRegex("<[a-z]+>")]
    private static partial Regex Names();

    /// <param name="Key">With <c>*</c> for a name of the user's choice.</param>
    /// <param name="Default">The values that count where nothing is said; empty: none, or the page tells it in words.</param>
    /// <param name="Wrong">A value that is refused, and what is said of it; null: any text is taken.</param>
    public sealed record Row(string Key, string Value, IReadOnlyList<string> Default, string What, string Example, (string Value, string Message)? Wrong)
    {
        public static Row Of(string[] cells)
        {
            Assert.Equal(6, cells.Length);
            Assert.All(cells, cell => Assert.NotEmpty(cell.Trim()));
            var (given, refused) = (Quoted(cells[2]).ToList(), Quoted(cells[5]).ToList());
            return new Row(
                Names().Replace(Quoted(cells[0]).Single(), "*"), cells[1],
                string.Join(", ", given.Select(value => $"`{value}`")) == cells[2] ? given : [],
                cells[3], Quoted(cells[4]).Single(), cells[5] == "-" ? null : (refused[0], refused[1]));
        }
    }
}
