using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.Fleet;

/// <summary>The example of docs/fleet.md.</summary>
public sealed partial class FleetDocumentTests
{
    /// <summary>ACME's health is bad for one certificate of many, at all machines at once.</summary>
    [Fact]
    public void The_balancer_asks_no_edge_for_the_health_of_its_certificates()
    {
        var example = Block().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "fleet.md"))).Select(block => block.Value).Single(block => block.Contains("backend edges-https", StringComparison.Ordinal));

        Assert.Equal(4, Checked().Count(example));
        Assert.DoesNotContain("/health", example, StringComparison.Ordinal);
        Assert.DoesNotContain("check port", example, StringComparison.Ordinal);
    }

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^    server \S+ \S+ check$", RegexOptions.Multiline)]
    private static partial Regex Checked();
}
