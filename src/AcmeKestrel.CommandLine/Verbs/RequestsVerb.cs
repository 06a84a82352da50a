using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>requests</c>: what processes have asked of the one that has the state.</summary>
internal sealed class RequestsVerb : Verb
{
    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["requests", "requests --json"];

    public override Command Command => new("requests", "Lists what commands and other processes have asked of the one that has the state, and how far that is. Reads the state; changes nothing.");

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var requests = await state.ListRequestsAsync(cancellationToken).ConfigureAwait(false);
        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new RequestsAnswer(state.Directory, requests), ReadableJson.Answers.RequestsAnswer).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }

        foreach (var request in requests) await run.Console.LineAsync(Line(request)).ConfigureAwait(false);
        if (requests.Count == 0) await run.Console.LineAsync("No request is on record.").ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    private static string Line(AcmeRequestStatus request)
    {
        if (request is not { Verb: { } verb, At: { } at }) return $"{request.Id}: {request.Problem}";

        var stands = request switch
        {
            { EndedAt: { } end, Problem: { } problem } => $"failed {AcmeStatusLine.Moment(end)}: {problem}",
            { EndedAt: { } end } => $"done {AcmeStatusLine.Moment(end)}, and not fetched yet",
            { BegunAt: { } begun } => $"under way since {AcmeStatusLine.Moment(begun)}",
            _ => "nobody has taken it up yet",
        };
        return $"{AcmeStatusLine.Moment(at)} {verb}{(request.About is { } about ? $" {about}" : "")}, asked by {request.By}: {stands}";
    }
}
