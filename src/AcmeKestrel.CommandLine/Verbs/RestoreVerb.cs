using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>restore backup</c>, <c>restore email --from file</c>: what was lost is there again.</summary>
internal sealed class RestoreVerb : Verb
{
    private const int GzipFirst = 0x1f;
    private const int GzipSecond = 0x8b;

    private readonly Argument<string> _what = new("what") { Description = "A backup (archive or folder); or, with --from, the mail address of an account." };
    private readonly Option<string?> _from = new("--from") { Description = "A backup, of which the accounts of that address and their certificates are restored; or a file with the account's private key, by which the CA finds the account." };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Replaces what is there and differs; without it, that is kept and named." };

    /// <summary>What <c>--from</c> names, where that is no backup.</summary>
    private string? _key;

    public override IReadOnlyList<string> Examples => ["restore /var/lib/app/backup.tar.gz", "restore ops@example.com --from /var/lib/app/backup.tar.gz", "restore ops@example.com --from /root/account.pem"];

    public override Command Command => new("restore", "Puts a backup's content into the state, while no server runs on it; or an account, by its key. What is there and differs is kept.") { _what, _from, _yes };

    public override void Prepare(VerbRun run)
    {
        if (run.Words.GetValue(_from) is { } from && IsAddress(run.Words.GetRequiredValue(_what)) && !IsBackup(Path.GetFullPath(from))) _key = KeyFile.Read(from);
    }

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (what, from) = (run.Words.GetRequiredValue(_what), run.Words.GetValue(_from));
        if (from is not null && !IsAddress(what))
        {
            await run.Console.ErrorAsync($"With --from it is the account's mail address that is named; '{what}' is none.").ConfigureAwait(false);
            return AcmeExitCode.Usage;
        }

        if (_key is { } key) return await FromKeyAsync(run, what, key, cancellationToken).ConfigureAwait(false);

        var state = run.App.Services.GetRequiredService<IAcmeState>();
        if (await state.FindServerAsync(cancellationToken).ConfigureAwait(false) is { Info: var server })
        {
            await run.Console.ErrorAsync($"A server runs on the state {state.Directory} (process {server.ProcessId}): stop it, restore, and start it again. Nothing has changed.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        await run.Console.StateAsync(state).ConfigureAwait(false);
        var request = new AcmeRestoreRequest(Path.GetFullPath(from ?? what)) { Email = from is null ? null : what, Overwrite = run.Words.GetValue(_yes) };
        var result = await run.App.Services.GetRequiredService<IAcmeBackups>().RestoreAsync(request, cancellationToken).ConfigureAwait(false);
        await TellAsync(run.Console, state.Directory, result).ConfigureAwait(false);
        return result.Conflicts.Count + result.Backup.Problems.Count == 0 ? AcmeExitCode.Done : AcmeExitCode.SomeFailed;
    }

    private static async Task<int> FromKeyAsync(VerbRun run, string email, string key, CancellationToken cancellationToken) =>
        await run.Workplace.WorkAsync(
            async (accounts, token) =>
            {
                var account = await accounts.RecoverAsync(key, null, email, token).ConfigureAwait(false);
                if (run.Console.IsJson) await run.Console.JsonAsync(new RestoreAnswer(run.App.Services.GetRequiredService<IAcmeState>().Directory, null, account), ReadableJson.Answers.RestoreAnswer).ConfigureAwait(false);
                else await run.Console.LineAsync($"{AccountText.Name(account)}: its account is {account.AccountUrl}, and it is kept here; certificates whose keys are lost are ordered anew").ConfigureAwait(false);
                return AcmeExitCode.Done;
            },
            cancellationToken).ConfigureAwait(false);

    private static async Task TellAsync(VerbConsole console, string? state, AcmeRestoreResult result)
    {
        if (console.IsJson) await console.JsonAsync(new RestoreAnswer(state, result, null), ReadableJson.Answers.RestoreAnswer).ConfigureAwait(false);
        else await console.LineAsync($"{result.Backup.Path}: {BackupText.Of(result.Backup)}: {result.Restored} restored, {result.Unchanged} there already{(result.Conflicts.Count == 0 ? "" : $", {result.Conflicts.Count} kept as they are")}").ConfigureAwait(false);
        foreach (var conflict in result.Conflicts) await console.ErrorAsync($"Kept, since it is there and differs: {VerbConsole.OneLine(conflict)}").ConfigureAwait(false);
        foreach (var replaced in result.Replaced) await console.ErrorAsync($"Replaced: {VerbConsole.OneLine(replaced)}").ConfigureAwait(false);
        foreach (var problem in result.Backup.Problems) await console.ErrorAsync($"Damaged in the backup, and not restored: {VerbConsole.OneLine(problem)}").ConfigureAwait(false);
        if (result.Conflicts.Count > 0) await console.ErrorAsync("--yes replaces what is kept (but never what was spent of a CA's limits).").ConfigureAwait(false);
    }

    private static bool IsAddress(string what) => what.Contains('@', StringComparison.Ordinal);

    /// <summary>By its first bytes: an archive, or else a key.</summary>
    private static bool IsBackup(string path)
    {
        if (Directory.Exists(path)) return true;

        try
        {
            return RegularFile.ReadStart(path, 2) is [GzipFirst, GzipSecond];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new Storage.StoreUnavailableException($"'{path}' cannot be read: {unreadable.Message}", unreadable);
        }
    }
}
