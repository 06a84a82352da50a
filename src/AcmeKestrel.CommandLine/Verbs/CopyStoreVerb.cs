using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>store copy from to</c>: the state moves to another store.</summary>
internal sealed class CopyStoreVerb : Verb
{
    private readonly Argument<string> _from = new("from") { Description = "Directory, Redis or PostgreSql, with the keys that the configuration has of it (Acme:StateDirectory, Acme:Store:<type>:*), whichever is in force. It is only read." };
    private readonly Argument<string> _to = new("to") { Description = "Another one of these. No server may run on it." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Removes accounts, certificates and revocations that only the target has, and what it has spent of limits since; without it, nothing is copied where there are some." };

    public CopyStoreVerb()
    {
        foreach (var argument in new[] { _from, _to }) argument.CompletionSources.Add("Directory", "Redis", "PostgreSql");
    }

    public override string Group => "store";

    public override IReadOnlyList<string> Examples => ["store copy Directory Redis", "store copy Redis PostgreSql --json"];

    public override Command Command => new("copy", "Copies accounts, certificates, keys and all else that lasts from one store to another one, and looks at both again. The server may go on meanwhile; called again, it brings what has changed. Files of desired/ and want/ stay where they are. Exit code: 0 the target holds what the source holds, 3 but for what is named.") { _from, _to, _overwrite };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var stores = run.App.Services.GetRequiredService<IAcmeStores>();
        var request = new AcmeStoreCopyRequest(run.Words.GetRequiredValue(_from), run.Words.GetRequiredValue(_to)) { Overwrite = run.Words.GetValue(_overwrite) };
        if ((IsDirectory(request.From) || IsDirectory(request.To)) && StateOwner.Become(stores.Directory) is { } owner) await run.Console.ErrorAsync($"The state belongs to {owner}: this process is {owner} from here on.").ConfigureAwait(false);

        await run.Console.ErrorAsync($"{Named(request.From, stores)} is copied to {Named(request.To, stores)}.").ConfigureAwait(false);
        var result = await stores.CopyAsync(request, cancellationToken).ConfigureAwait(false);
        await TellAsync(run.Console, result).ConfigureAwait(false);
        return result.Problems.Count + result.Differences.Count == 0 ? AcmeExitCode.Done : AcmeExitCode.SomeFailed;
    }

    private static async Task TellAsync(VerbConsole console, AcmeStoreCopyResult result)
    {
        var isWhole = result.Problems.Count + result.Differences.Count == 0;
        if (console.IsJson) await console.JsonAsync(new StoreCopyAnswer(result), ReadableJson.Answers.StoreCopyAnswer).ConfigureAwait(false);
        else await console.LineAsync($"{result.From} to {result.To}: {BackupText.Count(result.Copied, "record")} copied, {result.Unchanged} there already, {result.Removed} removed; {(isWhole ? "both were read again, and hold the same" : "both were read again, and hold the same but for what is named")}").ConfigureAwait(false);
        foreach (var lost in result.Lost) await console.ErrorAsync($"Removed or replaced, which only {result.To} had: {VerbConsole.OneLine(lost)}").ConfigureAwait(false);
        foreach (var problem in result.Problems) await console.ErrorAsync($"Damaged, and left out: {VerbConsole.OneLine(problem)}").ConfigureAwait(false);
        foreach (var difference in result.Differences) await console.ErrorAsync($"Not copied, since a server goes on: {VerbConsole.OneLine(difference)}").ConfigureAwait(false);
        if (result.Differences.Count > 0) await console.ErrorAsync("Called again, it brings these; once the servers have stopped, all of it.").ConfigureAwait(false);
    }

    private static string Named(string type, IAcmeStores stores) => IsDirectory(type) ? $"The directory {stores.Directory}" : type;

    private static bool IsDirectory(string type) => type.Equals("Directory", StringComparison.OrdinalIgnoreCase);
}
