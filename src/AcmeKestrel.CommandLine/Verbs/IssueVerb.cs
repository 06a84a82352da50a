using System.CommandLine;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>issue name...</c>: wishes a certificate and waits for it.</summary>
internal sealed class IssueVerb : Verb
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>By then the file has been seen, and what is wished of it is known.</summary>
    private static readonly TimeSpan SeenBy = TimeSpan.FromSeconds(2);

    /// <summary>By then it has been read where nothing can be watched, too: what is refused is what it says now.</summary>
    private static readonly TimeSpan ReadBy = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly WishWords _wish = new();

    public override IReadOnlyList<string> Examples => ["issue shop.example.com www.shop.example.com", "issue shop.example.com --challenge http-01"];

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
        var wished = _wish.Of(run.Words);
        var file = run.App.Services.GetRequiredService<IAcmeState>().Want(wished);
        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                var status = await Progress.ShowAsync(certificates, file.Label, run.Console, inner => AskAsync(certificates, file, wished, inner), token).ConfigureAwait(false);
                if (status is null)
                {
                    await run.Console.ErrorAsync($"{file.Path} is written, but it was not seen in time, or somebody else wishes this label: 'acme explain {file.Label}' tells.").ConfigureAwait(false);
                    return AcmeExitCode.Error;
                }

                var isDone = status.State is AcmeCertificateState.Served;
                if (run.Console.IsJson) await run.Console.JsonAsync(new WorkAnswer("issue", file.Label, isDone, status), ReadableJson.Answers.WorkAnswer).ConfigureAwait(false);
                else await run.Console.LineAsync(AcmeStatusLine.Of(status)).ConfigureAwait(false);
                return isDone ? AcmeExitCode.Done : AcmeExitCode.Error;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The server may not have seen the file yet, and know a former wish of the label, or none: that one is left alone.</summary>
    /// <returns>Null: it was not seen in time.</returns>
    private static async Task<AcmeCertificateStatus?> AskAsync(IAcmeCertificates certificates, AcmeDesiredFile file, AcmeCertificateRequest wished, CancellationToken cancellationToken)
    {
        var wish = new WishedFile(file, wished);

        // A look may take a second where another process has the state: it is the time that counts.
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false))
        {
            var all = since.Elapsed < SeenBy ? [] : certificates.List();
            var isFormer = await certificates.GetAsync(file.Label, cancellationToken).ConfigureAwait(false) is { } known && !wish.IsIn(known, all);
            if (!isFormer && await certificates.RetryAsync(file.Label, cancellationToken).ConfigureAwait(false) is { } status && wish.IsIn(status, all)) return status;

            // Others may have taken its place, which no look at this label shows, and what cannot become a wish has none.
            if (wish.FindCovering(all) is { Count: > 0 } covering) return await RetryAsync(certificates, covering, cancellationToken).ConfigureAwait(false);
            if (since.Elapsed >= ReadBy && DesiredEntry.Find(all, file.Label) is { } refused) return refused;
        }

        return null;
    }

    /// <returns>One that is not served, where there is one.</returns>
    private static async Task<AcmeCertificateStatus?> RetryAsync(IAcmeCertificates certificates, IReadOnlyList<string> labels, CancellationToken cancellationToken)
    {
        AcmeCertificateStatus? told = null;
        foreach (var label in labels)
        {
            if (await certificates.RetryAsync(label, cancellationToken).ConfigureAwait(false) is { } status && (told is null || status.State is not AcmeCertificateState.Served)) told = status;
        }

        return told;
    }
}
