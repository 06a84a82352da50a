using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account import file</c>: an account from elsewhere.</summary>
internal sealed class ImportAccountVerb : AccountVerb
{
    private readonly Argument<string> _file = new("file") { Description = "What 'acme account export' wrote, or a private key as PEM or JWK." };

    private (string File, string Key)? _read;

    public override IReadOnlyList<string> Examples => ["account import /root/account.pem", "account import /root/account.jwk --provider zerossl --email ops@example.com"];

    public override Command Command => new("import", "Takes an account over from a file: asks its CA for the account of that key, and keeps it here. What the file does not say of CA and mail address is as configured.") { _file, Provider, Email };

    public override void Prepare(VerbRun run)
    {
        var file = Path.GetFullPath(run.Words.GetRequiredValue(_file));
        _read = (file, KeyFile.Read(file));
    }

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (file, key) = _read!.Value;
        return await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.RecoverAsync(key, run.Words.GetValue(Provider), run.Words.GetValue(Email), token).ConfigureAwait(false);
                await TellAsync(run, account, $"its account is {account.AccountUrl}, and it is kept here", file, $"{file} is as it was: remove it where it is not needed any more.").ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
