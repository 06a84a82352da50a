using System.Text.RegularExpressions;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Hooks;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Telemetry;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>The words that queries of dashboards compare with, values of labels and names of spans, are those of docs/operations.md.</summary>
public sealed partial class TelemetryWordsDocumentTests
{
    private readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    [Fact]
    public void An_orders_kinds_and_outcomes_are_in_its_row() =>
        Assert.Equal(Words(TypeUses.TextsOf(typeof(OrderTelemetry)).SelectMany(method => method)), InRow("acme.order.attempts"));

    [Theory]
    [InlineData("acme.challenge.validations", typeof(ValidationOutcome))]
    [InlineData("acme.renewal_info.looks", typeof(RenewalInfoOutcome))]
    [InlineData("acme.tls.handshakes", typeof(HandshakeOutcome))]
    [InlineData("acme.hook.duration", typeof(HookOutcomeKind))]
    [InlineData("acme.ondemand.asks", typeof(PermissionAnswer), "limited")]
    public void Other_outcomes_are_in_the_row_of_their_metric(string metric, Type outcomes, params string[] more) =>
        Assert.Equal(Words(Enum.GetNames(outcomes).Select(name => name.ToLowerInvariant()).Concat(more)), InRow(metric));

    [Fact]
    public void Every_step_of_an_order_is_named_as_its_span_is()
    {
        var named = Steps().Match(_page).Groups[1].Value;

        Assert.Equal(Words(TypeUses.TextsOf(typeof(Issuer))["StepOf"]), Words(Step().Matches(named).Select(step => step.Groups[1].Value)));
    }

    private List<string> InRow(string metric)
    {
        var row = _page.Split('\n').Single(line => line.StartsWith($"| `{metric}` |", StringComparison.Ordinal));
        return Words(Quoted().Matches(row.Split(" | ", 4)[3]).Select(word => word.Groups[1].Value));
    }

    /// <summary>Names of labels have dots in them.</summary>
    private static List<string> Words(IEnumerable<string> texts) => [.. texts.Where(text => Word().IsMatch(text)).Distinct().Order(StringComparer.Ordinal)];

    [GeneratedRegex("^[a-z]+$")]
    private static partial Regex Word();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\((`acme\.order\.[^)]+)\)")]
    private static partial Regex Steps();

    [GeneratedRegex(@"\.([a-z]+)`")]
    private static partial Regex Step();
}
