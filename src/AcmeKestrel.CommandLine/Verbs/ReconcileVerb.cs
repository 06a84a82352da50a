using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>reconcile</c>: one pass over all that is wished.</summary>
internal sealed class ReconcileVerb : Verb
{
    public override IReadOnlyList<string> Examples => ["reconcile", "reconcile --json"];

    public override Command Command => new(
        "reconcile", "One pass over the wished certificates: missing ones are requested, due ones renewed. The server does it where one runs, else this process, on the configured endpoints. Exit code: 0 done or nothing to do, 1 error, 3 some failed.");

    public override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) =>
        run.Workplace.WorkAsync((certificates, _, token) => PassAsync(certificates, run.Console, token), cancellationToken);

    public static async Task<int> PassAsync(IAcmeCertificates certificates, VerbConsole console, CancellationToken cancellationToken)
    {
        var result = await Progress.ShowAsync(certificates, label: null, console, certificates.ReconcileAsync, cancellationToken).ConfigureAwait(false);
        if (result.Error is { } reason)
        {
            await console.ErrorAsync(reason).ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        if (console.IsJson) await console.JsonAsync(result, ReadableJson.Answers.AcmeReconcileResult).ConfigureAwait(false);
        else await TellAsync(console, result).ConfigureAwait(false);
        return result.Failed.Count > 0 || result.Current.Any(status => status.Exports.Any(file => file.Problem is not null)) ? AcmeExitCode.SomeFailed : AcmeExitCode.Done;
    }

    private static async Task TellAsync(VerbConsole console, AcmeReconcileResult result)
    {
        var statuses = result.Current.Concat(result.Failed).DistinctBy(status => status.Label).OrderBy(status => status.Label, StringComparer.Ordinal).ToList();
        foreach (var status in statuses)
        {
            var news = result.Issued.Contains(status.Label) ? " (new)" : "";
            await console.LineAsync(AcmeStatusLine.Of(status) + news).ConfigureAwait(false);
        }

        foreach (var label in result.Issued.Except(statuses.Select(status => status.Label))) await console.LineAsync($"{label}: served (new)").ConfigureAwait(false);
        if (statuses.Count == 0 && result.Issued.Count == 0) await console.LineAsync("No certificate is wished.").ConfigureAwait(false);
    }
}
