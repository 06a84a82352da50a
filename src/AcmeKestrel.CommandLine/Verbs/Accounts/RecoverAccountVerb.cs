using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account recover [--key file]</c>: finds an account at its CA by its key.</summary>
internal sealed class RecoverAccountVerb : AccountVerb
{
    private readonly Option<string?> _key = new("--key") { Description = "A file with the private key, as PEM or JWK; without it, the key that is in the state." };

    private string? _read;

    public override IReadOnlyList<string> Examples => ["account recover", "account recover --key /root/account.pem"];

    public override Command Command => new("recover", "Finds an account at its CA by its key (RFC 8555 section 7.3.1) and keeps it here. Registers none.") { _key, Provider, Email };

    public override void Prepare(VerbRun run) => _read = run.Words.GetValue(_key) is { } file ? KeyFile.Read(file) : null;

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (file, key) = (run.Words.GetValue(_key), _read);
        return await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.RecoverAsync(key, run.Words.GetValue(Provider), run.Words.GetValue(Email), token).ConfigureAwait(false);
                await TellAsync(run, account, $"its account is {account.AccountUrl}, and it is kept here", file).ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
