using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>How long to wait before the next look at what a CA is doing.</summary>
internal static class Patience
{
    /// <summary>How long a name's validation, or a certificate's appearance, may take.</summary>
    public static readonly TimeSpan Order = TimeSpan.FromMinutes(15);

    /// <summary>Once finalized an order is not given up lightly: the CA is issuing. ZeroSSL was seen to ask for a day. The longest; see <see cref="OfIssuance"/>.</summary>
    public static readonly TimeSpan Issuance = TimeSpan.FromHours(36);

    private static readonly TimeSpan[] Steps = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(10)];

    /// <summary>The first step where the CA says that it needs no time; each one after it is twice as long, up to the longest of the others.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50);

    /// <summary>A look comes no sooner than a twentieth of what was waited already.</summary>
    private const int LooksInAsLong = 20;

    /// <param name="looks">At the present state so far.</param>
    /// <param name="retryAfter">The CA's wish. Zero is soon and not at once: a CA that always says so is asked hardly more often than one that says nothing.</param>
    public static TimeSpan Next(int looks, TimeSpan? retryAfter) => retryAfter switch
    {
        null => Steps[Math.Clamp(looks, 0, Steps.Length - 1)],
        { Ticks: > 0 } asked => asked,
        _ => Min(Soon * (1 << Math.Clamp(looks, 0, 10)), Steps[^1]),
    };

    /// <summary>The next look of a run whose state has <paramref name="patience"/> in all; null when that is used up.</summary>
    /// <param name="since">When that began; null: now, where no look came before.</param>
    public static StepResult.WaitUntil? Wait(OrderRun run, TimeSpan? retryAfter, TimeSpan patience, DateTimeOffset now, DateTimeOffset? since = null)
    {
        run.Since ??= now;
        var deadline = run.Deadline ??= (since ?? now) + patience;
        if (now >= deadline) return null;

        // The longer it takes the less it matters to the second: a CA that always says "in one second" would be asked a thousand times.
        var waited = now - (deadline - patience);
        var (next, least) = (Next(run.Looks, retryAfter), waited / LooksInAsLong);
        var due = now + (next > least ? next : least);
        return new StepResult.WaitUntil(due < deadline ? due : deadline);
    }

    /// <summary>The next look of a finalized order; null when the CA has had its time.</summary>
    /// <param name="certificate">What the order is to replace.</param>
    public static StepResult.WaitUntil? WaitForIssuance(OrderRun run, TimeSpan? retryAfter, CertificateFacts? certificate, DateTimeOffset now)
    {
        var first = run.Since ?? now;
        var since = run.Order.FinalizedAt is { } finalized && !AnotherClock.Noted(finalized, now) ? finalized : first;
        var patience = OfIssuance(run, certificate, since);

        // Whoever comes back to it, after a restart or where the CA could not be asked, does not give it up for its first word.
        if (since + patience < first + Order) (since, patience) = (first, Order);
        return Wait(run, retryAfter, patience, now, since);
    }

    /// <summary>How long the CA may take to issue: an eighth of what was left of the certificate, so that there is time for another order, and another CA. Nobody waits long for what goes to nobody.</summary>
    /// <param name="since">When it began.</param>
    public static TimeSpan OfIssuance(OrderRun run, CertificateFacts? certificate, DateTimeOffset since)
    {
        if (run.Order.IsTrial) return Order;
        return Backoff.CapOf(certificate, since) is { } cap && cap < Issuance ? Max(cap, Order) : Issuance;
    }

    /// <summary>
    /// The next look at what may have been issued, after one that was refused: a firewall's page, or a replica that lags behind, says nothing of the certificate. Null where that has lasted too long; that there is no such
    /// thing is believed sooner, and near the end of what it is to replace there is no time.
    /// </summary>
    public static StepResult.WaitUntil? AfterRefusal(OrderRun run, AcmeException refused, CertificateFacts? certificate, DateTimeOffset now)
    {
        run.Looks++;
        run.RefusedIt(isGone: refused.StatusCode is 404 or 410, now);
        var isHurried = run.Order.IsTrial || Failover.IsLate(certificate, now);
        if ((isHurried ? run.RefusedSince : run.GoneSince) is { } since && now - since >= Order) return null;

        var next = run.Order.Progress is OrderProgress.Finalizing ? WaitForIssuance(run, refused.RetryAfter, certificate, now) : Wait(run, refused.RetryAfter, Issuance, now);
        return next is { } wait ? wait with { For = $"the CA refuses to show it: {refused.Message}" } : null;
    }

    /// <summary>Half of the patience is used up.</summary>
    public static bool IsHalfOver(OrderRun run, DateTimeOffset now) => run is { Since: { } since, Deadline: { } deadline } && now - since >= (deadline - since) / 2;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
