using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>What it means that an order is dead before it was finalized. Pure.</summary>
internal static class OrderEnd
{
    /// <param name="expires">When the CA said that the order ends.</param>
    public static StepResult Of(AcmeOrder order, IReadOnlyCollection<AcmeAuthorization> authorizations, DateTimeOffset? expires, DateTimeOffset now)
    {
        // Time ran out, or somebody gave an authorization up: no name was tried and found wanting, and a new order may do.
        var isBlameless = order.Error is null && !authorizations.Any(authorization => authorization.Status is AcmeStatus.Invalid);
        var ended = authorizations.FirstOrDefault(FailureReport.IsDead);
        if (isBlameless && ended is not null) return new StepResult.Lost($"the authorization of {ended.Identifier} is {ended.Status.ToString().ToLowerInvariant()}");
        if (isBlameless && HasExpired(order, expires, now)) return new StepResult.Lost("the order has expired");

        return new StepResult.Failed(FailureReport.Of(authorizations, order.Error));
    }

    public static bool HasExpired(AcmeOrder order, DateTimeOffset? expires, DateTimeOffset now) => (order.Expires ?? expires) <= now;
}
