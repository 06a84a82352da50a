using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>renew [label] [--force]</c>: what is due, or what is asked for.</summary>
internal sealed class RenewVerb : Verb
{
    private const int AtOnce = 32;

    private readonly Argument<string?> _label = new("label") { Description = "One certificate, by its label; without it, all.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _force = new("--force") { Description = "Though the present one is good. The CA's limits and waits are kept." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Orders at the CA's staging directory, the whole way, and throws the certificate away: nothing that is stored or served changes." };
    private readonly Option<bool> _yes = Consent.NewOption();

    public override Command Command => new("renew", "Renews what is due; with --force, what is not due either.") { _label, _force, _dryRun, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (label, force) = (run.Words.GetValue(_label), run.Words.GetValue(_force));
        if (run.Words.GetValue(_dryRun)) return await DryRunAsync(run, label, cancellationToken).ConfigureAwait(false);
        if (label is null && force && await Consent.AskAsync(run, _yes, "Every certificate is ordered anew, though the present ones are good; that counts against the CA's limits.").ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                if (label is null && !force) return await ReconcileVerb.PassAsync(certificates, run.Console, token).ConfigureAwait(false);

                var labels = label is null ? await AllAsync(certificates, token).ConfigureAwait(false) : [label];
                var statuses = await Progress.ShowAsync(certificates, label, run.Console, inner => RenewAsync(certificates, labels, force, inner), token).ConfigureAwait(false);
                return await TellAsync(run.Console, labels, statuses).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static Task<int> DryRunAsync(VerbRun run, string? label, CancellationToken cancellationToken) => run.Workplace.WorkAsync(
        async (certificates, _, token) =>
        {
            var labels = label is null ? await AllAsync(certificates, token).ConfigureAwait(false) : [label];
            var results = new List<AcmeDryRunResult>();
            foreach (var one in labels)
            {
                await run.Console.ProgressAsync($"{one}: trying").ConfigureAwait(false);
                if (await certificates.DryRunAsync(one, token).ConfigureAwait(false) is { } result) results.Add(result);
            }

            await run.Console.ProgressOverAsync().ConfigureAwait(false);
            if (results.Count == 0)
            {
                await run.Console.ErrorAsync($"Nothing is wished under '{string.Join(", ", labels)}'. 'acme status' lists what is.").ConfigureAwait(false);
                return AcmeExitCode.Error;
            }

            if (run.Console.IsJson) await run.Console.JsonAsync(new DryRunAnswer(results), ReadableJson.Answers.DryRunAnswer).ConfigureAwait(false);
            else foreach (var result in results) await run.Console.LineAsync(Line(result)).ConfigureAwait(false);
            var failed = results.Count(result => !result.IsGood);
            return failed == 0 ? AcmeExitCode.Done : failed < results.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;
        },
        cancellationToken);

    private static string Line(AcmeDryRunResult result) => result.IsGood
        ? $"{result.Label}: it would work: {result.Provider} gave a certificate for {string.Join(", ", result.Names)}, validated by {result.ChallengeType}; it is thrown away"
        : $"{result.Label}: it would not work: {result.Problem}";

    /// <summary>Right after a start nobody has read yet what is wished.</summary>
    private static async Task<List<string>> AllAsync(IAcmeCertificates certificates, CancellationToken cancellationToken)
    {
        var known = certificates.List();
        if (known.Count == 0) known = await certificates.WaitUntilSettledAsync(cancellationToken).ConfigureAwait(false);
        return [.. known.Where(status => status.Names.Count > 0).Select(status => status.Label)];
    }

    /// <summary>Some at a time: whoever does them takes no more up at once, and waits for none.</summary>
    private static async Task<AcmeCertificateStatus?[]> RenewAsync(IAcmeCertificates certificates, List<string> labels, bool force, CancellationToken cancellationToken)
    {
        var statuses = new AcmeCertificateStatus?[labels.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, labels.Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (place, token) =>
        {
            try
            {
                statuses[place] = force ? await certificates.RenewAsync(labels[place], token).ConfigureAwait(false) : await certificates.RetryAsync(labels[place], token).ConfigureAwait(false);
            }
            catch (Storage.StoreUnavailableException refused) when (labels.Count > 1)
            {
                statuses[place] = new AcmeCertificateStatus(labels[place], [], "", AcmeCertificateState.Failing) { Reason = refused.Message };
            }
        }).ConfigureAwait(false);
        return statuses;
    }

    private static async Task<int> TellAsync(VerbConsole console, List<string> labels, AcmeCertificateStatus?[] statuses)
    {
        var known = statuses.OfType<AcmeCertificateStatus>().ToList();
        if (known.Count == 0)
        {
            await console.ErrorAsync($"Nothing is wished under '{string.Join(", ", labels)}'. 'acme status' lists what is.").ConfigureAwait(false);
            return AcmeExitCode.Error;
        }

        var failed = known.Where(status => status.State is not AcmeCertificateState.Served).ToList();
        if (console.IsJson) await console.JsonAsync(new AcmeReconcileResult { Current = known, Failed = failed }, ReadableJson.Answers.AcmeReconcileResult).ConfigureAwait(false);
        else foreach (var status in known) await console.LineAsync(AcmeStatusLine.Of(status)).ConfigureAwait(false);
        return failed.Count == 0 ? AcmeExitCode.Done : failed.Count < known.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;
    }
}
