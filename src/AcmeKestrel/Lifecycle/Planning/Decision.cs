using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>What is to be done about a wish now.</summary>
internal abstract record Decision
{
    /// <summary>The present certificate satisfies the wish; look again then.</summary>
    public sealed record ServeUntil(DateTimeOffset Time) : Decision;

    /// <summary>Order a certificate.</summary>
    /// <param name="Challenges">Types in the order in which they are to be tried.</param>
    /// <param name="IsRenewal">Exactly these names have a certificate of this CA already: most CAs' limits per domain do not count it.</param>
    /// <param name="EarlyRenewals">In a row, this one included.</param>
    public sealed record Issue(string Because, IReadOnlyList<AcmeIdentifier> Identifiers, IReadOnlyList<string> Challenges, bool IsRenewal, int EarlyRenewals) : Decision;

    /// <summary>An attempt failed; its next rung of the ladder is not reached yet.</summary>
    public sealed record RetryAt(DateTimeOffset Time, string Because) : Decision;

    /// <summary>Nothing is done before its reason is gone.</summary>
    /// <param name="Until">When to look again; null = only a change of wishes or settings can help.</param>
    public sealed record Held(string Reason, DateTimeOffset? Until) : Decision;
}
