using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account update --email new</c>: another mail address for an account.</summary>
internal sealed class UpdateAccountVerb : AccountVerb
{
    private readonly Option<string> _next = new("--email") { Description = "The mail address that it is to have.", Required = true };
    private readonly Option<string?> _of = new("--of") { Description = "Its present mail address, \"\" for the account without; without it, Acme:Email." };

    public override IReadOnlyList<string> Examples => ["account update --email new@example.com", "account update --email new@example.com --of old@example.com"];

    public override Command Command =>
        new("update", "Gives an account another mail address, at the CA and here; its key, its URL and its certificates stay. The configuration has to name the new address afterwards.") { _next, _of, Provider };

    public override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) => run.Workplace.WorkAsync(
        async (accounts, token) =>
        {
            var (next, of) = (run.Words.GetRequiredValue(_next), run.Words.GetValue(_of));
            var account = await accounts.ChangeEmailAsync(next, run.Words.GetValue(Provider), of, token).ConfigureAwait(false);
            var configured = ConfiguredAccount.Of(run.App).Email;
            var former = of ?? configured;
            string[] remarks = next.Equals(configured, StringComparison.OrdinalIgnoreCase)
                ? []
                : [$"Set Acme:Email (or the certificates' Email) to {next}: what is wished for {(string.IsNullOrEmpty(former) ? "the account without a mail address" : former)} is served on, but its next order is held until then, so that no second account is made in silence."];
            await TellAsync(run, account, $"the account {account.AccountUrl} has this mail address from now on", null, remarks).ConfigureAwait(false);
            return AcmeExitCode.Done;
        },
        cancellationToken);
}
