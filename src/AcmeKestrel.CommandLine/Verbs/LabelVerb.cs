using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary>A verb that has something done for one certificate and tells where it stands afterwards.</summary>
internal abstract class LabelVerb : Verb
{
    protected Argument<string> Label { get; } = LabelArgument.Of("The certificate, by its label ('acme status' lists them).");

    public sealed override Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken) => run.Workplace.WorkAsync(
        async (certificates, _, token) =>
        {
            var label = run.Words.GetRequiredValue(Label);
            var status = await Progress.ShowAsync(certificates, label, run.Console, inner => WorkAsync(certificates, label, run.Words, inner), token).ConfigureAwait(false);
            return await TellAsync(run, label, status).ConfigureAwait(false);
        },
        cancellationToken);

    /// <summary>Null: nobody wishes the label.</summary>
    protected abstract Task<AcmeCertificateStatus?> WorkAsync(IAcmeCertificates certificates, string label, ParseResult words, CancellationToken cancellationToken);

    /// <summary>The label is as it was asked for.</summary>
    protected virtual bool IsDone(AcmeCertificateStatus status) => status.State is AcmeCertificateState.Served;

    private async Task<int> TellAsync(VerbRun run, string label, AcmeCertificateStatus? status)
    {
        var console = run.Console;
        if (status is null) return await console.NothingWishedAsync(label).ConfigureAwait(false);

        var isDone = IsDone(status);
        if (console.IsJson) await console.JsonAsync(new WorkAnswer(run.Words.CommandResult.Command.Name, label, isDone, status), ReadableJson.Answers.WorkAnswer).ConfigureAwait(false);
        else await console.LineAsync(AcmeStatusLine.Of(status)).ConfigureAwait(false);
        return isDone ? AcmeExitCode.Done : AcmeExitCode.Error;
    }
}
