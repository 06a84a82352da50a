namespace AcmeKestrel.Tests;

/// <summary>docs/field-reports.md tells the truth: each row names tests that exist, or what was decided.</summary>
public sealed class FieldReportsDocumentTests
{
    [Fact]
    public void Every_row_names_tests_that_exist_or_what_was_decided()
    {
        var known = TestNames.All();
        var rows = File.ReadLines(Path.Combine(Repository.Root, "docs", "field-reports.md"))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Report ", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split(" | "))
            .ToList();

        Assert.True(rows.Count > 20, "The table is not found.");
        Assert.All(rows, row => Assert.Equal(3, row.Length));
        Assert.All(rows, row => Assert.True(TestNames.NamedIn(row[2]).Any() || row[1].StartsWith("decided: ", StringComparison.Ordinal), row[0]));
        Assert.All(rows.SelectMany(row => TestNames.NamedIn(row[2])), name => Assert.Contains(name, known));
    }
}
