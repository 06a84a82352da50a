using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>issue name...</c>: wishes a certificate and waits for it.</summary>
internal sealed class IssueVerb : Verb
{
    private readonly WishWords _wish = new();

    public override Command Command
    {
        get
        {
            var command = new Command("issue", "Wishes a certificate as 'acme want' does, and waits until it is there.");
            _wish.AddTo(command);
            return command;
        }
    }

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var file = run.App.Services.GetRequiredService<IAcmeState>().Want(_wish.Of(run.Words));
        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                var status = await Progress.ShowAsync(certificates, file.Label, run.Console, inner => certificates.RetryAsync(file.Label, inner), token).ConfigureAwait(false);
                if (status is null)
                {
                    await run.Console.ErrorAsync($"{file.Path} is written, but it was not seen in time.").ConfigureAwait(false);
                    return AcmeExitCode.Error;
                }

                var isDone = status.State is AcmeCertificateState.Served;
                if (run.Console.IsJson) await run.Console.JsonAsync(new WorkAnswer("issue", file.Label, isDone, status), ReadableJson.Answers.WorkAnswer).ConfigureAwait(false);
                else await run.Console.LineAsync(AcmeStatusLine.Of(status)).ConfigureAwait(false);
                return isDone ? AcmeExitCode.Done : AcmeExitCode.Error;
            },
            cancellationToken).ConfigureAwait(false);
    }
}
