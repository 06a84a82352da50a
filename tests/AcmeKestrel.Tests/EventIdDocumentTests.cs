using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests;

/// <summary>Log event ids are a contract with operators: unique, and all listed in docs/operations.md.</summary>
public sealed partial class EventIdDocumentTests
{
    [Fact]
    public void Event_ids_are_unique() =>
        Assert.Empty(InSources().GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));

    [Fact]
    public void The_operations_document_lists_exactly_the_event_ids_of_the_sources()
    {
        var listed = Listed().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"))).Select(match => int.Parse(match.Groups[1].Value));

        Assert.Equal(InSources().Order(), listed.Order());
    }

    private static IEnumerable<int> InSources() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Declared().Matches(File.ReadAllText(file)).Select(match => int.Parse(match.Groups[1].Value)));

    [GeneratedRegex(@"\[LoggerMessage\((?:EventId = )?(\d+)")]
    private static partial Regex Declared();

    [GeneratedRegex(@"^\| (\d{3}) \|", RegexOptions.Multiline)]
    private static partial Regex Listed();
}
