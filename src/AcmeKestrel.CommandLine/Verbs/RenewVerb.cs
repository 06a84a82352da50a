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
                var renewals = await Progress.ShowAsync(certificates, label, run.Console, inner => RenewAsync(certificates, labels, force, inner), token).ConfigureAwait(false);
                return await TellAsync(run.Console, labels, [.. renewals.OfType<Renewal>()]).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Some at a time: whoever does them takes no more up at once, and waits for none. Null: nobody wishes the label.</summary>
    private static async Task<Renewal?[]> RenewAsync(IAcmeCertificates certificates, List<string> labels, bool force, CancellationToken cancellationToken)
    {
        var renewals = new Renewal?[labels.Count];
        await Parallel.ForEachAsync(Enumerable.Range(0, labels.Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (place, token) =>
        {
            try
            {
                renewals[place] = await RenewAsync(certificates, labels[place], force, token).ConfigureAwait(false);
            }
            catch (Storage.StoreUnavailableException refused) when (labels.Count > 1)
            {
                renewals[place] = new Renewal(new AcmeCertificateStatus(labels[place], [], "", AcmeCertificateState.Failing) { Reason = refused.Message });
            }
        }).ConfigureAwait(false);
        return renewals;
    }

    private static async Task<Renewal?> RenewAsync(IAcmeCertificates certificates, string label, bool force, CancellationToken cancellationToken)
    {
        if (!force) return await certificates.RetryAsync(label, cancellationToken).ConfigureAwait(false) is { } looked ? new Renewal(looked) : null;

        var former = await certificates.GetAsync(label, cancellationToken).ConfigureAwait(false);
        if (await certificates.RenewAsync(label, cancellationToken).ConfigureAwait(false) is not { } status) return null;

        // A good certificate is served on where the one that was asked for did not come. Right after a start nobody knows which one was there.
        var isNew = former?.Generation is { } before && before != status.Generation;
        return new Renewal(status) { Refusal = status.State is AcmeCertificateState.Served && !isNew ? status.LastProblem?.Message : null };
    }

    private static async Task<int> TellAsync(VerbConsole console, List<string> labels, List<Renewal> renewals)
    {
        if (renewals.Count == 0) return await console.NothingWishedAsync(string.Join(", ", labels)).ConfigureAwait(false);

        var failed = renewals.FindAll(renewal => renewal.HasFailed);
        if (console.IsJson) await console.JsonAsync(new AcmeReconcileResult { Current = Statuses(renewals), Failed = Statuses(failed) }, ReadableJson.Answers.AcmeReconcileResult).ConfigureAwait(false);
        else foreach (var renewal in renewals) await console.LineAsync(renewal.Line).ConfigureAwait(false);
        return failed.Count == 0 ? AcmeExitCode.Done : failed.Count < renewals.Count ? AcmeExitCode.SomeFailed : AcmeExitCode.Error;

        static List<AcmeCertificateStatus> Statuses(List<Renewal> renewals) => renewals.ConvertAll(renewal => renewal.Status);
    }

    private sealed record Renewal(AcmeCertificateStatus Status)
    {
        /// <summary>Why another one was asked for and did not come, though the one that is there is good.</summary>
        public string? Refusal { get; init; }

        public bool HasFailed => Refusal is not null || Status.State is not AcmeCertificateState.Served;

        public string Line => AcmeStatusLine.Of(Status) + (Refusal is null ? "" : $"; not renewed: {VerbConsole.OneLine(Refusal)}");
    }
}
