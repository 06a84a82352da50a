using System.Text.RegularExpressions;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Telemetry;

/// <summary>What dashboards are made from: docs/operations.md names all metrics with their units, and its rules use none that there is not.</summary>
public sealed partial class MetricsDocumentTests
{
    private readonly string _page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));

    [Fact]
    public async Task The_table_has_every_metric_with_its_unit_and_no_other()
    {
        var rows = Rows().Matches(_page).SelectMany(row => Names().Matches(row.Groups[1].Value).Select(name => (Name: name.Groups[1].Value, Kind: row.Groups[2].Value)));

        Assert.Equal((await InstrumentsAsync()).Select(one => (one.Key, $"{one.Value.Kind}{one.Value.Unit}")).Order(), rows.Order());
    }

    [Fact]
    public async Task The_rules_use_metrics_that_there_are()
    {
        var known = (await InstrumentsAsync()).Select(one => one.Key.Replace('.', '_') + one.Value.Unit.Replace(", s", "_seconds") + (one.Value.Kind == "counter" ? "_total" : "")).ToHashSet();
        var used = Used().Matches(_page[_page.IndexOf("```yaml", StringComparison.Ordinal)..]).Select(name => name.Value).ToHashSet();

        Assert.InRange(used.Count, 7, 20);
        Assert.Empty(used.Except(known));
    }

    private static async Task<Dictionary<string, (string Kind, string Unit)>> InstrumentsAsync()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var edge = await Edge.StartAsync(time, new TestCa(time), new TestSettings(), new TestStore(time), []);
        var instruments = new Dictionary<string, (string, string)>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        var factory = edge.Get<System.Diagnostics.Metrics.IMeterFactory>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name != "AcmeKestrel" || !ReferenceEquals(instrument.Meter.Scope, factory)) return;

            var kind = instrument.GetType().Name.Split('`')[0] switch { "Counter" => "counter", "Histogram" => "histogram", "UpDownCounter" => "up-down counter", _ => "gauge" };
            instruments[instrument.Name] = (kind, instrument.Unit == "s" ? ", s" : "");
        };
        listener.Start();
        edge.Get<CertificateGauges>();
        edge.Get<WorkGauges>();
        edge.Get<ServingMetrics>();
        edge.Get<RequestMetrics>();
        edge.Get<RenewalInfoMetrics>();
        edge.Get<StoreMetrics>();
        edge.Get<ValidationMetrics>();
        edge.Get<HookMetrics>();
        edge.Get<HookGauges>();
        edge.Get<OnDemandMetrics>();
        edge.Get<LabelEvents>();
        return instruments;
    }

    [GeneratedRegex(@"^\| ((?:`acme\.[a-z_.]+`(?:, )?)+) \| ([a-z-]+(?: counter)?(?:, s)?) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Names();

    [GeneratedRegex("""acme_[a-z_]+?(?=[{ \[)])(?<!acme_ca|acme_hook|acme_outcome|acme_limit|acme_certificate_standing|acme_revocation_stage|acme_certificate_name)""")]
    private static partial Regex Used();
}
