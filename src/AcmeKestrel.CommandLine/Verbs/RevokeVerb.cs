using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>revoke label --reason ...</c>: replaced first, then revoked.</summary>
internal sealed class RevokeVerb : Verb
{
    private readonly Argument<string> _label = LabelArgument.Of("The certificate, by its label.");
    private readonly Option<AcmeRevocationReason> _reason = new("--reason") { Description = "Why (RFC 5280 section 5.3.1).", Required = true };
    private readonly Option<bool> _yes = Consent.NewOption();

    public override IReadOnlyList<string> Examples => ["revoke shop.example.com --reason keyCompromise", "revoke shop.example.com --reason superseded --yes"];

    public override Command Command => new("revoke", "Has a certificate replaced by another one and then revoked at its CA. It is on record before anything is asked, and goes on by itself.") { _label, _reason, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (label, reason) = (run.Words.GetRequiredValue(_label), run.Words.GetValue(_reason));
        if (await Consent.AskAsync(run, _yes, $"The certificate of '{label}' is replaced and then revoked for good ({reason}).").ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                var result = await Progress.ShowAsync(certificates, label, run.Console, inner => certificates.RevokeAsync(label, reason, inner), token).ConfigureAwait(false);
                return await TellAsync(run.Console, label, result).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> TellAsync(VerbConsole console, string label, AcmeRevocationResult? result)
    {
        if (result is null)
        {
            await console.ErrorAsync($"Nothing is stored of '{label}'.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        if (console.IsJson) await console.JsonAsync(result, ReadableJson.Answers.AcmeRevocationResult).ConfigureAwait(false);
        else if (result.IsRevoked) await console.LineAsync($"{label}: revoked{(result.Status is { } now ? $"; {AcmeStatusLine.Of(now)}" : "; nothing takes its place, since nobody wishes it")}").ConfigureAwait(false);
        else await console.LineAsync($"{label}: it is on record and goes on by itself, but the CA has not revoked it yet: {result.Problem}").ConfigureAwait(false);
        return result.IsRevoked ? AcmeExitCode.Done : AcmeExitCode.Error;
    }
}
