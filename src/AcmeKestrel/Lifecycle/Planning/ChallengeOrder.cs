using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>In which order the challenge types are tried. Pure.</summary>
internal static class ChallengeOrder
{
    /// <summary>The type that last worked leads, and each failed validation moves on by one.</summary>
    public static IReadOnlyList<string> Of(Wish wish, Schedule schedule)
    {
        var types = wish.Challenges.OrderBy(type => type == schedule.WorkedChallenge ? 0 : 1).ToList();
        var first = schedule.Tries % types.Count;
        return [.. types[first..], .. types[..first]];
    }
}
