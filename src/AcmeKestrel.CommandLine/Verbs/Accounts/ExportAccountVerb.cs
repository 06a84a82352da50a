using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs.Accounts;

/// <summary><c>account export file</c>: an account's key for elsewhere.</summary>
internal sealed class ExportAccountVerb : AccountVerb
{
    private readonly Argument<string> _file = new("file") { Description = "A file that is not there yet; only this user can read it." };

    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["account export /var/lib/app/account.pem"];

    public override Command Command => new("export", "Writes an account's private key, and what it is, to a new file (mode 0600): for 'acme account import' elsewhere, or for any program that reads PEM.") { _file, Provider, Email };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(run.Words.GetRequiredValue(_file));
        var account = await run.App.Services.GetRequiredService<IAcmeAccounts>().ExportAsync(file, run.Words.GetValue(Provider), run.Words.GetValue(Email), cancellationToken).ConfigureAwait(false);
        await TellAsync(run, account, $"its key is in {file}", file, "Whoever has that file has the account: remove it where it is not needed any more.").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }
}
