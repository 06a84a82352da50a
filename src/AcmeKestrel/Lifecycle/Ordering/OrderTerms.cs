using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>What an order asks for beside its names, the profile and the certificate it replaces, and what becomes of it where a CA will not have that. Pure.</summary>
internal static class OrderTerms
{
    /// <summary>A CA may list any number; an operator reads a few.</summary>
    private const int ProfilesTold = 20;

    /// <summary>The request of an intent to this CA, by this account.</summary>
    public static AcmeOrderRequest Request(PendingOrder order, AcmeDirectory directory, string accountUrl) => new([.. order.Identifiers.Select(AcmeIdentifier.Parse)])
    {
        Profile = order.Profile is { } profile && directory.Profiles.ContainsKey(profile) ? profile : null,

        // RFC 9773 section 5: only where the CA has renewal info, and only by the account that has the certificate.
        Replaces = directory.RenewalInfo is not null && order.Replaces is { } replaced && replaced.AccountUrl == accountUrl ? replaced.RenewalId : null,
    };

    /// <summary>The order as it is asked for once more after a refusal that may be for its terms; null where they are not to blame, or there is no order without them.</summary>
    public static PendingOrder? Without(PendingOrder order, AcmeOrderRequest sent, AcmeException refused)
    {
        if (sent.Replaces is not null && refused.MayBeForReplaces) return order with { Replaces = null };
        return sent.Profile is not null && !order.RequiresProfile && MayBeForProfile(refused) ? order with { Profile = null } : null;
    }

    /// <summary>Why an order with a profile that must be granted is not made, or has failed; null where it is not the profile.</summary>
    /// <param name="refused">Null: nothing was asked yet.</param>
    public static OrderFailure? ProfileFailure(PendingOrder order, AcmeDirectory directory, AcmeException? refused)
    {
        if (order is not { RequiresProfile: true, Profile: { } profile }) return null;

        var offers = directory.Profiles.Count > 0 ? $"it offers {string.Join(", ", directory.Profiles.Keys.Order(StringComparer.Ordinal).Take(ProfilesTold))}" : "it offers none";
        if (!directory.Profiles.ContainsKey(profile)) return new OrderFailure(OrderFailureKind.Profile, $"the CA has no profile '{profile}', which is required; {offers}");

        if (refused is null || !MayBeForProfile(refused)) return null;

        var failure = FailureReport.Of(refused);
        return failure with { Kind = OrderFailureKind.Profile, Message = $"{failure.Message}; the profile '{profile}' is required of the CA, and {offers}" };
    }

    /// <summary>The CA took another profile than the one that must be granted.</summary>
    public static OrderFailure? OtherProfile(PendingOrder order, AcmeOrder made) =>
        order is { RequiresProfile: true, Profile: { } profile } && made.Profile is { } given && given != profile
            ? new OrderFailure(OrderFailureKind.Profile, $"the CA made an order with the profile '{given}', and '{profile}' is required")
            : null;

    /// <summary>Older CAs know no <c>invalidProfile</c>, and a profile for the few is refused as unauthorized.</summary>
    private static bool MayBeForProfile(AcmeException refused) =>
        refused.Fault is AcmeFault.Rejected && refused.Problem is { } problem && (problem.Is("invalidProfile") || problem.Is("malformed") || problem.Is("unauthorized"));
}
