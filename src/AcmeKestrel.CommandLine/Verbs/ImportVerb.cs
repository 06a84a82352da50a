using System.CommandLine;
using System.Globalization;
using AcmeKestrel.CommandLine.Importing;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>import certbot</c> and the like: takes over accounts and certificates of another client without an order.</summary>
/// <param name="client">The program's name.</param>
/// <param name="usual">Where it keeps them; null: nobody knows.</param>
internal abstract class ImportVerb(string client, string? usual) : Verb
{
    private readonly Option<string> _from = usual is null
        ? new("--from") { Description = $"{client}'s folder.", Required = true }
        : new("--from") { Description = $"{client}'s folder.", DefaultValueFactory = _ => usual };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Tells what would be done. Changes nothing, and asks no CA." };

    private (string Folder, Installation Found, IReadOnlyList<ActiveTimer> Timers)? _read;

    public override string Group => "import";

    public override IReadOnlyList<string> Examples { get; } = usual is null
        ? [$"import {client} --from /var/lib/app/old --dry-run", $"import {client} --from /var/lib/app/old"]
        : [$"import {client} --dry-run", $"import {client}", $"import {client} --from /root/old{usual}"];

    public override Command Command => new(client, $"Takes over {client}'s accounts and certificates without a new order, and wishes what it renewed. {client}'s own files stay as they are.") { _from, _dryRun };

    protected string Client => client;

    /// <summary>What else the operator is to see to.</summary>
    protected abstract string Caution { get; }

    protected abstract Installation Read(VerbRun run, ForeignFolder folder);

    /// <summary>What only root may read is read before this process becomes the state's owner.</summary>
    public override void Prepare(VerbRun run)
    {
        var folder = new ForeignFolder(run.Words.GetRequiredValue(_from));
        if (run.App.Services.GetRequiredService<IAcmeState>().Directory is { } state && Path.GetFullPath(state) == folder.Root) throw new Storage.StoreUnavailableException($"{folder.Root} is this application's own state: --from names {client}'s folder.");
        _read = (folder.Root, Read(run, folder), OtherTimers.Find(client));
    }

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (folder, found, timers) = _read!.Value;
        if (found is { Accounts: [], Certificates: [], Faults: [] })
        {
            await run.Console.ErrorAsync($"Nothing of {client} is in {folder}: --from names another folder.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        var takeover = new Takeover(run.App.Services.GetRequiredService<IAcmeState>(), found);
        if (run.Words.GetValue(_dryRun))
        {
            var (accounts, certificates) = await takeover.PlanAsync(run.App.Services.GetRequiredService<IAcmeAccounts>(), cancellationToken).ConfigureAwait(false);
            return await TellAsync(run.Console, new ImportAnswer(client, folder, IsDryRun: true, accounts, certificates, found.Faults, timers)).ConfigureAwait(false);
        }

        return await run.Workplace.WorkWithoutEndpointsAsync(
            async (certificates, accounts, token) =>
            {
                var (taken, imported) = await takeover.DoAsync(certificates, accounts, token).ConfigureAwait(false);
                return await TellAsync(run.Console, new ImportAnswer(client, folder, IsDryRun: false, taken, imported, found.Faults, timers)).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> TellAsync(VerbConsole console, ImportAnswer answer)
    {
        if (console.IsJson) await console.JsonAsync(answer, ReadableJson.Answers.ImportAnswer).ConfigureAwait(false);
        else await TellLinesAsync(console, answer).ConfigureAwait(false);

        var failed = answer.Faults.Count + answer.Accounts.Count(account => account.Outcome is AcmeImportOutcome.Refused) + answer.Certificates.Count(certificate => certificate is { Outcome: AcmeImportOutcome.Refused } or { WishedBy: null });
        if (failed == 0) return AcmeExitCode.Done;
        return failed < answer.Faults.Count + answer.Accounts.Count + answer.Certificates.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;
    }

    private async Task TellLinesAsync(VerbConsole console, ImportAnswer answer)
    {
        foreach (var account in answer.Accounts)
        {
            await console.LineAsync($"account {account.AccountUrl ?? account.Path} at {account.Provider ?? account.Directory}: {Word(account.Outcome, account.Reason, answer.IsDryRun)}").ConfigureAwait(false);
        }

        foreach (var certificate in answer.Certificates)
        {
            var until = certificate.NotAfter is { } end ? string.Create(CultureInfo.InvariantCulture, $", valid until {end:u}") : "";
            var wish = certificate.WishedBy is { } by ? $"; renewed, since {by} {(answer.IsDryRun ? "would wish or wishes" : "wishes")} it" : "";
            await console.LineAsync($"{certificate.Label} ({(certificate.Names.Count > 0 ? string.Join(", ", certificate.Names) : certificate.Path)}{until}): {Word(certificate.Outcome, certificate.Reason, answer.IsDryRun)}{wish}").ConfigureAwait(false);
        }

        foreach (var fault in answer.Faults) await console.LineAsync($"{fault.Path}: {fault.Reason}").ConfigureAwait(false);
        foreach (var timer in answer.Timers) await console.LineAsync($"{answer.Client} still renews by {timer.Path}; to end that: {timer.ToEnd}").ConfigureAwait(false);
        await console.LineAsync(Caution).ConfigureAwait(false);
    }

    private static string Word(AcmeImportOutcome outcome, string? reason, bool isDryRun) => outcome switch
    {
        AcmeImportOutcome.Imported => (isDryRun ? "would be taken over" : "taken over") + (reason is null ? "" : $"; {reason}"),
        AcmeImportOutcome.Present => $"nothing to do: {reason}",
        AcmeImportOutcome.Superseded => $"left where it is: {reason}",
        _ => $"not taken over: {reason}",
    };
}
