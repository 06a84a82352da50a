namespace AcmeKestrel.Lifecycle.Limits;

/// <summary>The CA's limits do not allow it now.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Until">When the next token is there.</param>
/// <param name="IsShared">The limit is all names' of the account: they take turns.</param>
internal sealed record LedgerRefusal(string Reason, DateTimeOffset Until, bool IsShared);
