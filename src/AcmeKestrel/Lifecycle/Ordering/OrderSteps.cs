using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>An order's progress in words for a person who waits for it.</summary>
internal static class OrderSteps
{
    /// <summary>Names that are told; a hundred are no step.</summary>
    private const int Named = 3;

    public static string Of(PendingOrder order) => (order.IsRehearsal ? "at staging: " : "") + order.Progress switch
    {
        OrderProgress.Preparing { Challenges: var chosen } => $"proving {Names([.. chosen.Where(challenge => ChallengeTypes.IsByDns(challenge.Type))])}",
        OrderProgress.Answering { Challenges: var chosen } => $"validating {Names(chosen)}",
        OrderProgress.Finalizing => "finalizing",
        OrderProgress.Downloading => "downloading the certificate",
        OrderProgress.Created => "choosing the challenges",
        _ => "asking for an order",
    };

    private static string Names(IReadOnlyList<ChosenChallenge> chosen)
    {
        if (chosen.Count == 0) return "nothing anew";

        var told = string.Join(", ", chosen.Take(Named).Select(challenge => $"{challenge.Identifier} by {challenge.Type}"));
        return chosen.Count > Named ? $"{told} and {chosen.Count - Named} more" : told;
    }
}
