using System.CommandLine;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>issue name...</c>: wishes a certificate and waits for it.</summary>
internal sealed class IssueVerb : Verb
{
    private const int Looks = 20;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

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
        var wished = _wish.Of(run.Words).Names;
        var file = run.App.Services.GetRequiredService<IAcmeState>().Want(_wish.Of(run.Words));
        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                var status = await Progress.ShowAsync(certificates, file.Label, run.Console, inner => AskAsync(certificates, file.Label, wished, inner), token).ConfigureAwait(false);
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

    /// <summary>The server may not have seen the file yet, and know a former one of the label, or none.</summary>
    private static async Task<AcmeCertificateStatus?> AskAsync(IAcmeCertificates certificates, string label, IReadOnlyList<string> wished, CancellationToken cancellationToken)
    {
        AcmeCertificateStatus? status = null;
        for (var look = 0; look < Looks; look++)
        {
            if (look > 0) await Task.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false);
            status = await certificates.RetryAsync(label, cancellationToken).ConfigureAwait(false);
            if (status is not null && wished.All(name => status.Names.Contains(Known(name)))) break;
        }

        return status;
    }

    private static string Known(string name) => AcmeIdentifier.TryParse(name, out var identifier, out _) ? identifier.Value : name;
}
