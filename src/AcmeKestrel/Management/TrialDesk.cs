using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>What is tried and comes to nothing, in the process that has the state, which is the one that the CA's questions reach.</summary>
internal sealed class TrialDesk(DryRun dryRun, AnswerDesk answers, Labels labels, WishFollower follower, WorkerGate gate, ProviderClients clients, IAcmeSettings settings)
{
    /// <summary>Null: nobody wishes the label.</summary>
    public async Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken)
    {
        if (labels.WishOf(label) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        if (labels.WishOf(label) is not { } wish) return null;

        var known = settings.Current.Providers;
        if (!known.TryGetValue(wish.Provider, out var provider)) return Refused(label, wish.Provider, $"there is no provider '{wish.Provider}'");
        if (provider.Staging is not { } name || !known.TryGetValue(name, out var staging))
        {
            return Refused(label, wish.Provider, $"{wish.Provider} has no staging directory: {provider.Setting("Staging")} names the provider that is tried in its place");
        }

        if (await gate.RequestAsync(cancellationToken).ConfigureAwait(false) is not { } session) return Refused(label, name, gate.Why);

        using var use = clients.Use();
        var names = wish.Required.Concat(wish.Optional).Distinct().ToList();
        OrderFailure? failure = null;
        foreach (var challenge in wish.Challenges)
        {
            var end = await dryRun.RunAsync(session, wish, names, staging, challenge, cancellationToken).ConfigureAwait(false);

            // An order drops what is only wished along and fails.
            if (end.Failure is { Kind: OrderFailureKind.Validation, Names: { Count: > 0 } failed } && wish.Optional.Count > 0 && failed.Keys.All(bad => wish.Optional.Any(optional => optional.Value == bad)))
            {
                names = [.. wish.Required];
                end = await dryRun.RunAsync(session, wish, names, staging, challenge, cancellationToken).ConfigureAwait(false);
            }

            if (end.Generation is { } generation)
            {
                var facts = GenerationRecord.FactsOf(generation);
                return new AcmeDryRunResult(label, name, isGood: true) { Names = [.. facts.Names.Order(StringComparer.Ordinal)], NotAfter = facts.NotAfter, ChallengeType = generation.Origin.ChallengeType ?? challenge };
            }

            // What one type cannot prove another one may; whatever else is wrong is wrong with each.
            failure = failure is null || end.Failure!.Kind is OrderFailureKind.Validation ? end.Failure : failure;
            if (end.Failure!.Kind is not OrderFailureKind.Validation) break;
        }

        return new AcmeDryRunResult(label, name, isGood: false) { Problem = new AcmeCertificateProblem(failure!.Message) { Names = failure.Names } };
    }

    /// <param name="name">Wished or not.</param>
    public async Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken)
    {
        if (!AcmeIdentifier.TryParse(name, out var identifier, out var fault)) return new AcmeHttpTestResult(PlainText.Of(name, 300)) { Problem = fault };
        if (identifier.IsWildcard) return new AcmeHttpTestResult(identifier.Value) { Problem = "a wildcard is proved by a DNS record, never over http" };
        if (await gate.RequestAsync(cancellationToken).ConfigureAwait(false) is not { } session) return new AcmeHttpTestResult(identifier.Value) { Problem = gate.Why };

        return new AcmeHttpTestResult(identifier.Value) { Visits = await answers.TryAsync(session, identifier, cancellationToken).ConfigureAwait(false) };
    }

    private static AcmeDryRunResult Refused(string label, string provider, string reason) => new(label, provider, isGood: false) { Problem = new AcmeCertificateProblem(reason) };
}
