using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>In which order the challenge types are tried. Pure.</summary>
internal static class ChallengeOrder
{
    /// <summary>
    /// The type that last worked for the label leads, else the one that last worked for any name at the CA; after a failed validation it is the turn of the one that follows
    /// what failed, whatever worked elsewhere meanwhile.
    /// </summary>
    public static IReadOnlyList<string> Of(Wish wish, Schedule schedule, ChallengeHint? hint, DateTimeOffset now)
    {
        var types = wish.Challenges.ToList();
        var first = schedule.FailedChallenge is { } failed ? (types.IndexOf(failed) + 1) % types.Count : Math.Max(0, types.IndexOf(schedule.WorkedChallenge ?? (hint?.Holds(now) is true ? hint.Type : "")));
        return first == 0 ? types : [types[first], .. types[..first], .. types[(first + 1)..]];
    }
}
