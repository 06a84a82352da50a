using System.Collections.Concurrent;
using System.CommandLine;

namespace AcmeKestrel.CommandLine.Verbs;

/// <summary><c>renew [label] [--force]</c>: what is due, or what is asked for.</summary>
internal sealed class RenewVerb : Verb
{
    private const int AtOnce = 32;

    private readonly Argument<string?> _label = LabelArgument.OrNone("One certificate, by its label; without it, all.");
    private readonly Option<bool> _force = new("--force") { Description = "Though the present one is good. The CA's limits and waits are kept." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Orders at the CA's staging directory, the whole way, and throws the certificate away: nothing that is stored or served changes." };
    private readonly Option<bool> _yes = Consent.NewOption();

    public override IReadOnlyList<string> Examples => ["renew", "renew shop.example.com --force", "renew shop.example.com --dry-run"];

    public override Command Command => new("renew", "Renews what is due; with --force, what is not due either.") { _label, _force, _dryRun, _yes };

    public override async Task<int> RunAsync(VerbRun run, CancellationToken cancellationToken)
    {
        var (label, force) = (run.Words.GetValue(_label), run.Words.GetValue(_force));
        if (run.Words.GetValue(_dryRun)) return await DryRuns.RunAsync(run, label, cancellationToken).ConfigureAwait(false);
        if (label is null && force && await Consent.AskAsync(run, _yes, "Every certificate is ordered anew, though the present ones are good; that counts against the CA's limits.").ConfigureAwait(false) is { } refused) return refused;

        return await run.Workplace.WorkAsync(
            async (certificates, _, token) =>
            {
                if (label is null && !force) return await ReconcileVerb.PassAsync(certificates, run.Console, token).ConfigureAwait(false);

                var labels = label is null ? [.. (await KnownStatuses.AllAsync(certificates, token).ConfigureAwait(false)).Select(status => status.Label)] : new List<string> { label };
                var former = new ConcurrentDictionary<string, string?>(StringComparer.Ordinal);
                var statuses = await Progress.ShowAsync(certificates, label, run.Console, inner => RenewAsync(certificates, labels, force ? former : null, inner), token).ConfigureAwait(false);
                return await TellAsync(run.Console, labels, statuses, force ? former : null).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Some at a time: whoever does them takes no more up at once, and waits for none.</summary>
    /// <param name="certificates">Of whoever does it.</param>
    /// <param name="labels">What is to be renewed.</param>
    /// <param name="former">Takes the generations that were there before, where one is renewed that is not due; null: only what is due.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    private static async Task<AcmeCertificateStatus?[]> RenewAsync(IAcmeCertificates certificates, List<string> labels, ConcurrentDictionary<string, string?>? former, CancellationToken cancellationToken)
    {
        var statuses = new AcmeCertificateStatus?[labels.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, labels.Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (place, token) =>
        {
            try
            {
                if (former is not null) former[labels[place]] = (await certificates.GetAsync(labels[place], token).ConfigureAwait(false))?.Generation;
                statuses[place] = former is not null ? await certificates.RenewAsync(labels[place], token).ConfigureAwait(false) : await certificates.RetryAsync(labels[place], token).ConfigureAwait(false);
            }
            catch (Storage.StoreUnavailableException refused) when (labels.Count > 1)
            {
                statuses[place] = new AcmeCertificateStatus(labels[place], [], "", AcmeCertificateState.Failing) { Reason = refused.Message };
            }
        }).ConfigureAwait(false);
        return statuses;
    }

    private static async Task<int> TellAsync(VerbConsole console, List<string> labels, AcmeCertificateStatus?[] statuses, ConcurrentDictionary<string, string?>? former)
    {
        var known = statuses.OfType<AcmeCertificateStatus>().ToList();
        if (known.Count == 0) return await console.NothingWishedAsync(string.Join(", ", labels)).ConfigureAwait(false);

        var failed = known.Where(status => status.State is not AcmeCertificateState.Served || IsNotRenewed(status)).ToList();
        if (console.IsJson) await console.JsonAsync(new AcmeReconcileResult { Current = known, Failed = failed }, ReadableJson.Answers.AcmeReconcileResult).ConfigureAwait(false);
        else foreach (var status in known) await console.LineAsync(AcmeStatusLine.Of(status) + (status.State is AcmeCertificateState.Served && IsNotRenewed(status) ? $"; not renewed: {VerbConsole.OneLine(status.LastProblem!.Message)}" : "")).ConfigureAwait(false);
        return failed.Count == 0 ? AcmeExitCode.Done : failed.Count < known.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;

        // A good certificate is served on where the one that was asked for did not come. Right after a start nobody knows which one was there.
        bool IsNotRenewed(AcmeCertificateStatus status) =>
            former is not null && status.LastProblem is not null && (former.GetValueOrDefault(status.Label) is not { } before || before == status.Generation);
    }
}
