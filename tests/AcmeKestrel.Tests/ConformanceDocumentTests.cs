using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests;

/// <summary>docs/conformance.md tells the truth: rows 1 to 120, each naming tests that exist or the capability it waits for.</summary>
public sealed partial class ConformanceDocumentTests
{
    [Fact]
    public void Rows_1_to_120_are_all_there_once() =>
        Assert.Equal(Enumerable.Range(1, 120), Rows().Select(row => row.Number));

    [Fact]
    public void Every_row_names_tests_that_exist_or_what_it_waits_for()
    {
        var known = TestNames.All();
        var broken = Rows()
            .Where(row => !row.Evidence.StartsWith("waits for ", StringComparison.Ordinal))
            .SelectMany(row => TestNames.NamedIn(row.Evidence).DefaultIfEmpty("(nothing)").Select(name => (row.Number, name)))
            .Where(claim => !known.Contains(claim.name))
            .Select(claim => $"row {claim.Number}: {claim.name}")
            .ToList();

        Assert.Empty(broken);
    }

    private static IEnumerable<(int Number, string Evidence)> Rows() =>
        File.ReadLines(Path.Combine(Repository.Root, "docs", "conformance.md"))
            .Select(line => Row().Match(line))
            .Where(match => match.Success)
            .Select(match => (int.Parse(match.Groups[1].Value), match.Groups[2].Value.Trim()));

    [GeneratedRegex(@"^\| (\d+) \| .+ \| ([^|]+) \|$")]
    private static partial Regex Row();
}
