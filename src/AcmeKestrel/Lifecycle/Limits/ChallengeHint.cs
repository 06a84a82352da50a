using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>The challenge type that last worked at a CA, for whichever name: behind a CDN none but http-01 can, and each new name would have to fail with the other one first. Pure.</summary>
internal sealed record ChallengeHint([property: JsonRequired] string Type, DateTimeOffset At)
{
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    /// <summary>A hint so young is not written once more: two hundred names cost one write.</summary>
    private static readonly TimeSpan Refresh = TimeSpan.FromHours(1);

    /// <summary>The world may have changed since; by either direction of a clock.</summary>
    public bool Holds(DateTimeOffset now) => (now - At).Duration() < Life;

    public static ChallengeHint Worked(ChallengeHint? known, string type, DateTimeOffset now) =>
        known is not null && known.Type == type && (now - known.At).Duration() < Refresh ? known : new ChallengeHint(type, now);
}
