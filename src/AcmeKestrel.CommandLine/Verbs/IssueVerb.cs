using System.CommandLine;
using System.Diagnostics;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>issue name...</c>: wishes a certificate and waits for it.</summary>
internal sealed class IssueVerb : Verb
{
    private const string Folder = "desired/";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>By then the file has been seen, and what is wished of it is known.</summary>
    private static readonly TimeSpan SeenBy = TimeSpan.FromSeconds(2);

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
        // A look may take a second where another process has the state: it is the time that counts.
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(BetweenLooks, cancellationToken).ConfigureAwait(false))
        {
            if (await certificates.GetAsync(file.Label, cancellationToken).ConfigureAwait(false) is { } known && !IsOf(known)) continue;
            if (await certificates.RetryAsync(file.Label, cancellationToken).ConfigureAwait(false) is { } status && IsOf(status)) return status;

            // A wildcard may have taken its place, which no look at this label shows.
            if (since.Elapsed >= SeenBy && certificates.List().FirstOrDefault(known => wished.Names.All(name => WildcardName.Covers(known.Names, Known(name)))) is { } covering) return await certificates.RetryAsync(covering.Label, cancellationToken).ConfigureAwait(false);
        }

        return null;

        // Another source may wish the same and more; of this one it is this file, with these names and the bare domains that they bring along.
        bool IsOf(AcmeCertificateStatus status)
        {
            var names = wished.Names.Select(Known).ToList();
            if (!names.TrueForAll(status.Names.Contains)) return false;
            if (status.Origin is not { } origin || !origin.StartsWith(Folder, StringComparison.Ordinal)) return true;
            return origin[Folder.Length..] == Path.GetFileName(file.Path) && status.Names.All(name => names.Contains(name) || names.Contains($"www.{name}"));
        }
    }

    private static string Known(string name) => AcmeIdentifier.TryParse(name, out var identifier, out _) ? identifier.Value : name;
}
