namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>The CA's limits do not allow it now.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Until">When the next token is there.</param>
/// <param name="Line">The bucket, where it is one that many names share, who take turns; null: it is not.</param>
internal sealed record LedgerRefusal(string Reason, DateTimeOffset Until, string? Line);
