using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account rollover</c>: another key for an account.</summary>
internal sealed class RollOverVerb : AccountVerb
{
    private readonly Option<bool> _yes = Consent.NewOption();

    public override IReadOnlyList<string> Examples => ["account rollover", "account rollover --email ops@example.com --yes"];

    public override Command Command => new("rollover", "Gives an account another key (RFC 8555 section 7.3.5); its URL and its certificates stay.") { Provider, Email, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var consequence = $"{Asked(run)} gets another key, and the present one opens nothing any more: copies of it (backups, other hosts) and whatever names its thumbprint (rules for stateless challenge answers) have to be made anew.";
        if (await Consent.AskAsync(run, _yes, consequence).ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.ChangeKeyAsync(run.Words.GetValue(Provider), run.Words.GetValue(Email), token).ConfigureAwait(false);
                await TellAsync(run, account, $"the account {account.AccountUrl} has the key {account.Thumbprint} from now on", null, "Make a backup: 'acme backup <file>'.").ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
