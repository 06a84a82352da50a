using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Lifecycle;

/// <summary>A label's status in the words of the operator's view.</summary>
internal static class LabelStatus
{
    public static AcmeCertificateStatus Of(LabelEntry entry, Wish wish, AcmeCertificateState state, string? reason, DateTimeOffset? next) =>
        new(entry.Label, [.. wish.Required.Concat(wish.Optional).Select(name => name.Value)], wish.Provider, state)
        {
            Origin = wish.Origin,
            Reason = reason,
            NotBefore = entry.Served?.NotBefore,
            NotAfter = entry.Served?.NotAfter,
            NextAttempt = next,
            Failures = entry.Schedule.Failures,
            DroppedNames = entry.Served is null ? [.. entry.Schedule.Dropped] : [.. entry.Schedule.LeftOut.Union(entry.Schedule.Dropped)],
            DroppedProfile = entry.Served is { WishedProfile: { } wished } served && served.Profile != wished ? wished : entry.Schedule.DroppedProfile,
            RenewalWindow = entry.Served is { } current && RenewalHints.Of(current, entry.Schedule)?.Window is { } window
                ? new AcmeRenewalWindow(window.Start, window.End) { Explanation = window.ExplanationUrl }
                : null,
        };
}
