namespace AcmeKestrel.CommandLine;

/// <summary>What <c>account list --json</c> and <c>account show --json</c> print.</summary>
/// <param name="State">The state directory; null where the state is kept elsewhere.</param>
internal sealed record AccountsAnswer(string? State, IReadOnlyList<ShownAccount> Accounts);

/// <param name="Caa">The line for a DNS zone (RFC 8659, RFC 8657); only <c>account show</c> has it, and only of an account that is open at a CA that names itself.</param>
/// <param name="CaaProblem">Why there is no such line.</param>
internal sealed record ShownAccount(AcmeAccountStatus Account, string? Caa = null, string? CaaProblem = null);

/// <summary>What verbs print that work on one account.</summary>
/// <param name="File">That was written or read; null: none.</param>
/// <param name="Remarks">What the operator should know or do, in sentences.</param>
internal sealed record AccountAnswer(string Verb, AcmeAccountStatus Account, string? File, IReadOnlyList<string> Remarks);

/// <summary>What <c>init --json</c> prints.</summary>
/// <param name="IsNew">It was registered just now; else it was there already.</param>
/// <param name="TermsOfService">Where the CA's terms are; null: it has none, or they were not looked for.</param>
/// <param name="Settings">Keys of the configuration that should be set so that a server uses this account, with their values.</param>
internal sealed record InitAnswer(string? State, AcmeAccountStatus Account, bool IsNew, string? TermsOfService, string? Caa, IReadOnlyDictionary<string, string> Settings);
