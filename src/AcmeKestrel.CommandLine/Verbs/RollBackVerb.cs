using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>rollback label</c>: the previous certificate is served again.</summary>
internal sealed class RollBackVerb : Verb
{
    private readonly Argument<string> _label = LabelArgument.Of("The certificate, by its label.");
    private readonly Option<bool> _yes = Consent.NewOption();

    public override IReadOnlyList<string> Examples => ["rollback shop.example.com", "rollback shop.example.com --yes"];

    public override Command Command => new("rollback", "Serves a certificate's predecessor again, until its own renewal; called once more, it is the other way round.") { _label, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var label = run.Words.GetRequiredValue(_label);
        if (await Consent.AskAsync(run, _yes, $"The previous certificate of '{label}' is served in the place of the present one.").ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (certificates, _, token) => await TellAsync(run.Console, label, await certificates.RollBackAsync(label, token).ConfigureAwait(false)).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> TellAsync(VerbConsole console, string label, AcmeRollBackResult? result)
    {
        if (result is null) return await console.NothingWishedAsync(label).ConfigureAwait(false);

        if (console.IsJson) await console.JsonAsync(result, ReadableJson.Answers.AcmeRollBackResult).ConfigureAwait(false);
        else if (result is { IsRolledBack: true, IssuedAt: { } at }) await console.LineAsync($"{label}: the certificate of {AcmeStatusLine.Moment(at)} is served again; {AcmeStatusLine.Of(result.Status)}").ConfigureAwait(false);
        else await console.LineAsync($"{label}: nothing has changed: {result.Problem}").ConfigureAwait(false);
        return result.IsRolledBack ? AcmeExitCode.Done : AcmeExitCode.Error;
    }
}
