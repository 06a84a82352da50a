using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Telemetry;

/// <summary>Counts orders by how they ended, measures how long they took, and opens and closes their traces: what the stream of the labels' events says, in numbers.</summary>
internal sealed class OrderTelemetry(AcmeMeter meter, OrderTraces traces, TimeProvider time) : ILabelObserver
{
    /// <summary>Orders that were begun in this process and have not ended, by label.</summary>
    private readonly ConcurrentDictionary<string, Begun> _begun = new(StringComparer.Ordinal);

    private readonly Counter<long> _attempts = meter.Meter.CreateCounter<long>("acme.order.attempts", "{order}", "Orders that ended, by how they did.");

    private readonly Histogram<double> _duration = meter.Meter.CreateHistogram(
        "acme.order.duration",
        "s",
        "From the decision to order to the order's end, the CA's own time included; of orders that were begun in this process.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600] });

    private readonly Counter<long> _faults = meter.Meter.CreateCounter<long>("acme.provider.faults", "{fault}", "Times that a CA was found to have trouble and was left alone for a while.");

    public void On(LabelEvent happened)
    {
        switch (happened)
        {
            case LabelEvent.Ordering { Provider.Name: var ca, Because.Kind: var because, IsRehearsal: var isRehearsal }:
                Begin(happened.Label.Label, new Begun(ca, isRehearsal ? "rehearsal" : KindOf(because), time.GetTimestamp()));
                break;

            case LabelEvent.Rehearsed { Ignored: var ignored }:
                End(happened.Label, ignored is null ? "rehearsed" : "abandoned", problem: null);
                break;

            case LabelEvent.Issued:
                End(happened.Label, "issued", problem: null);
                break;

            // A span goes to where the log need not go: what the CA says has URLs in it, with tokens at their end.
            case LabelEvent.Failed { Kind: var kind }:
                End(happened.Label, "failed", kind);
                break;

            case LabelEvent.Lost:
                End(happened.Label, "lost", "lost");
                break;

            case LabelEvent.Decided { Decision: Decision.Abandon }:
                Abandon(happened.Label);
                break;

            case LabelEvent.ProviderFailed { Provider.Name: var ca }:
                _faults.Add(1, Tag(TelemetryNames.Ca, ca));
                break;

            default:
                // The rest is no order's beginning or end.
                break;
        }
    }

    private static string KindOf(IssueReasonKind because) => because switch
    {
        IssueReasonKind.NoCertificate => "new",
        IssueReasonKind.RenewalDue or IssueReasonKind.RenewalHurried or IssueReasonKind.Expired => "renewal",
        _ => "replacement",
    };

    private void Begin(string label, Begun begun)
    {
        _begun[label] = begun;
        traces.Begin(label, begun.Ca, begun.Kind);
    }

    /// <summary>It may have ended already: then what is given up is its record. One that was found after a restart has a trace and no more.</summary>
    private void Abandon(LabelView label)
    {
        if (_begun.ContainsKey(label.Label)) End(label, "abandoned", problem: null);
        else traces.End(label.Label, "abandoned", problem: null);
    }

    private void End(LabelView label, string outcome, string? problem)
    {
        // One that was found after a restart was begun by nobody here.
        var isOurs = _begun.TryRemove(label.Label, out var begun);
        var (ca, kind) = isOurs ? (begun.Ca, begun.Kind) : (label.Wish?.Provider ?? "", "resumed");
        var tags = new TagList { { TelemetryNames.Ca, ca }, { TelemetryNames.OrderKind, kind }, { TelemetryNames.Outcome, outcome } };
        _attempts.Add(1, tags);
        if (isOurs) _duration.Record(time.GetElapsedTime(begun.At).TotalSeconds, tags);
        traces.End(label.Label, outcome, problem);
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private readonly record struct Begun(string Ca, string Kind, long At);
}
