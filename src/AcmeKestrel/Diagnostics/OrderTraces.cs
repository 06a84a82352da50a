using System.Collections.Concurrent;
using System.Diagnostics;

namespace AcmeKestrel.Diagnostics;

/// <summary>
/// The trace of each order in flight: one span from its intent to its end, and one for each step below it. Steps are hours apart where a CA takes its time, so the span is kept here by its label and not
/// on a stack that waits for it.
/// </summary>
internal sealed class OrderTraces : IDisposable
{
    /// <summary>Null: nobody wanted this one, so nobody wants its steps.</summary>
    private readonly ConcurrentDictionary<string, Activity?> _orders = new(StringComparer.Ordinal);

    public void Begin(string label, string ca, string kind)
    {
        End(label, "abandoned", problem: null);
        if (AcmeActivities.Source.HasListeners()) _orders[label] = Start(label, ca, kind);
    }

    /// <summary>Null where nobody listens; the caller disposes it. An order that was begun before this process gets a trace of its own.</summary>
    public Activity? Step(string label, string ca, string step)
    {
        if (!AcmeActivities.Source.HasListeners()) return null;
        if (_orders.GetOrAdd(label, static (label, ca) => Start(label, ca, "resumed"), ca) is not { } order) return null;

        return AcmeActivities.Source.StartActivity($"acme.order.{step}", ActivityKind.Internal, order.Context);
    }

    /// <param name="problem">What kind of failure it was; null: none.</param>
    public void End(string label, string outcome, string? problem)
    {
        if (!_orders.TryRemove(label, out var order) || order is null) return;

        order.SetTag(TelemetryNames.Outcome, outcome);
        if (problem is not null) order.SetStatus(ActivityStatusCode.Error, problem);
        Apart(order, static order => order.Stop());
    }

    /// <summary>The next process goes on with them.</summary>
    public void Dispose()
    {
        foreach (var label in _orders.Keys) End(label, "interrupted", problem: null);
    }

    private static Activity? Start(string label, string ca, string kind)
    {
        var order = Apart(AcmeActivities.Source, static source => source.StartActivity("acme.order"));
        order?.SetTag(TelemetryNames.CertificateName, label).SetTag(TelemetryNames.Ca, ca).SetTag(TelemetryNames.OrderKind, kind);
        return order;
    }

    private static void Apart(Activity order, Action<Activity> act) => Apart(order, order =>
    {
        act(order);
        return true;
    });

    /// <summary>Whoever happens to be at work is neither the order's parent nor within it.</summary>
    private static TResult Apart<T, TResult>(T with, Func<T, TResult> act)
    {
        var ambient = Activity.Current;
        Activity.Current = null;
        try
        {
            return act(with);
        }
        finally
        {
            Activity.Current = ambient;
        }
    }
}
