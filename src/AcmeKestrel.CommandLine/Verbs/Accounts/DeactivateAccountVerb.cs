using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account deactivate</c>: closes an account for good.</summary>
internal sealed class DeactivateAccountVerb : AccountVerb
{
    private readonly Option<bool> _yes = Consent.NewOption();

    public override IReadOnlyList<string> Examples => ["account deactivate --email old@example.com"];

    public override Command Command => new("deactivate", "Closes an account at its CA for good (RFC 8555 section 7.3.6).") { Provider, Email, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var consequence = $"{Asked(run)} is closed for good. Its certificates stay valid and are served until they end, but none is renewed with it, and no other account is registered in its place before its folder is moved out of accounts/ or another mail address is configured.";
        if (await Consent.AskAsync(run, _yes, consequence).ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.DeactivateAsync(run.Words.GetValue(Provider), run.Words.GetValue(Email), token).ConfigureAwait(false);
                await TellAsync(run, account, $"the account {account.AccountUrl} is closed for good", null, "Set another Acme:Email, or move its folder out of accounts/, and the next order registers another account.").ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
