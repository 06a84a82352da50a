namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>What came of asking a CA to revoke one certificate.</summary>
/// <param name="IsRevoked">The CA has revoked it.</param>
/// <param name="Problem">Why it has not; null where it has, or where there is nothing to revoke.</param>
internal sealed record RevocationAnswer(bool IsRevoked, string? Problem)
{
    /// <summary>It is revoked as far as it can be.</summary>
    public static RevocationAnswer NothingToDo { get; } = new(false, null);

    /// <summary>Its own key signed, since its account is lost.</summary>
    public bool ByKey { get; init; }

    /// <summary>The CA asked to be left alone for so long.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The CA was not asked, and is not to be before: that is no failure of this request's.</summary>
    public DateTimeOffset? Postponed { get; init; }

    public static RevocationAnswer PostponedUntil(DateTimeOffset until, string problem) => new(false, problem) { Postponed = until };

    public static RevocationAnswer Failed(string problem, TimeSpan? retryAfter = null) => new(false, problem) { RetryAfter = retryAfter };
}
