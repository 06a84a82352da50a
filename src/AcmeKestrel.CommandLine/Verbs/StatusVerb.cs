using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>status [label]</c>: where each certificate stands, as the server says; where none runs, as the state does.</summary>
internal sealed class StatusVerb : Verb
{
    private readonly Argument<string?> _label = LabelArgument.OrNone("One certificate, by its label: all that is known of it.");

    public override bool IsLook => true;

    public override IReadOnlyList<string> Examples => ["status", "status shop.example.com", "status --json"];

    public override Command Command => new("status", "Tells where each certificate stands. Asks the running server; where none runs, reads the state.") { _label };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var state = run.App.Services.GetRequiredService<IAcmeState>();
        var label = run.Words.GetValue(_label);
        var server = await state.FindServerAsync(cancellationToken).ConfigureAwait(false);
        var statuses = await ReadAsync(state, server, label, cancellationToken).ConfigureAwait(false);
        if (label is not null && statuses.Count == 0) return await run.Console.NothingWishedAsync(label).ConfigureAwait(false);

        if (run.Console.IsJson)
        {
            await run.Console.JsonAsync(new StatusAnswer(state.Directory, server?.Info, statuses), ReadableJson.Answers.StatusAnswer).ConfigureAwait(false);
            return AcmeExitCode.Done;
        }

        foreach (var line in statuses.SelectMany(status => label is null ? [AcmeStatusLine.Of(status)] : StatusText.Of(status))) await run.Console.LineAsync(line).ConfigureAwait(false);
        if (statuses.Count == 0) await run.Console.LineAsync("No certificate is wished.").ConfigureAwait(false);
        await run.Console.ErrorAsync(SaidBy(state, server)).ConfigureAwait(false);
        return AcmeExitCode.Done;
    }

    private static string SaidBy(IAcmeState state, IAcmeServer? server)
    {
        if (server is not null) return $"As the server says (process {server.Info.ProcessId}, state {state.Directory}).";
        return state.Directory is { } directory
            ? $"No server runs on the state {directory}: this is what it says itself."
            : "This is what the engine says that the state is kept in; which machine orders cannot be seen from here.";
    }

    private static async Task<IReadOnlyList<AcmeCertificateStatus>> ReadAsync(IAcmeState state, IAcmeServer? server, string? label, CancellationToken cancellationToken)
    {
        if (label is not null && server is not null && await server.Certificates.GetAsync(label, cancellationToken).ConfigureAwait(false) is { } one) return [one];

        var all = await KnownStatuses.ReadAsync(state, server, cancellationToken).ConfigureAwait(false);
        if (label is null) return all;
        return (all.FirstOrDefault(status => status.Label == label) ?? DesiredEntry.Find(all, label)) is { } known ? [known] : [];
    }
}
