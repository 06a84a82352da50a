using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>backup path</c>: a copy of the state.</summary>
internal sealed class BackupVerb : Verb
{
    private readonly Argument<string> _path = new("path") { Description = "A new archive (its name ends in .tar.gz or .tgz), or a new folder; only this user can read it." };
    private readonly Option<bool> _check = new("--check") { Description = "Writes nothing: reads a backup to its end and tries each key and each certificate in it." };

    public override IReadOnlyList<string> Examples => ["backup /var/lib/app/backup.tar.gz", "backup --check /var/lib/app/backup.tar.gz"];

    public override Command Command => new("backup", "Copies accounts, certificates, their keys and the wishes to an archive or a folder, and reads it again. The server may go on meanwhile.") { _path, _check };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (path, isCheck, state) = (Path.GetFullPath(run.Words.GetRequiredValue(_path)), run.Words.GetValue(_check), run.App.Services.GetRequiredService<IAcmeState>());
        var backups = run.App.Services.GetRequiredService<IAcmeBackups>();
        if (!isCheck && state is { Exists: false, Directory: { } directory })
        {
            await run.Console.NoStateAsync(directory).ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        var backup = isCheck ? await backups.CheckAsync(path, cancellationToken).ConfigureAwait(false) : await backups.BackUpAsync(path, cancellationToken).ConfigureAwait(false);
        if (run.Console.IsJson) await run.Console.JsonAsync(new BackupAnswer(state.Directory, backup, isCheck), ReadableJson.Answers.BackupAnswer).ConfigureAwait(false);
        else await run.Console.LineAsync($"{backup.Path}: {BackupText.Of(backup)}{(isCheck || state.Directory is null ? "" : $", of the state {state.Directory}")}; {(backup.Problems.Count == 0 ? "all of it was read, and is whole" : "the rest was read, and is whole")}").ConfigureAwait(false);
        foreach (var problem in backup.Problems) await run.Console.ErrorAsync($"{(isCheck ? "Damaged" : "Damaged in the state, and left out")}: {VerbConsole.OneLine(problem)}").ConfigureAwait(false);
        return backup.Problems.Count == 0 ? AcmeExitCode.Done : isCheck ? AcmeExitCode.Error : AcmeExitCode.SomeFailed;
    }
}
