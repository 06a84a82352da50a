using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Looks at a new order's authorizations and chooses a challenge for each that is not valid yet (RFC 8555 section 7.5).</summary>
internal sealed class ChoosingStep(TimeProvider time)
{
    public async Task<StepResult> RunAsync(OrderRun run, OrderProgress.Created created, AcmeAccount account, CancellationToken cancellationToken)
    {
        var order = run.Seen ??= await account.GetOrderAsync(created.OrderUrl, cancellationToken).ConfigureAwait(false);
        if (order.Status is AcmeStatus.Ready or AcmeStatus.Processing or AcmeStatus.Valid)
        {
            await run.AdvanceAsync(new OrderProgress.Finalizing(created.OrderUrl, created.Expires), cancellationToken).ConfigureAwait(false);
            return StepResult.Advanced;
        }

        var authorizations = new List<AcmeAuthorization>();
        foreach (var url in order.Authorizations) authorizations.Add(await account.GetAuthorizationAsync(url, cancellationToken).ConfigureAwait(false));

        run.Unanswered = [.. authorizations.Where(authorization => authorization.Status is AcmeStatus.Pending).Select(authorization => authorization.Url)];
        if (order.Status is AcmeStatus.Invalid || authorizations.Any(FailureReport.IsDead)) return OrderEnd.Of(order, authorizations, created.Expires, time.GetUtcNow());

        var directory = !run.Order.Challenges.Contains(ChallengeTypes.DnsPersist01) ? null : await account.Client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var chosen = new List<ChosenChallenge>();
        var without = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var authorization in authorizations.Where(authorization => authorization.Status is not AcmeStatus.Valid))
        {
            if (Choose(authorization, run.Order.Challenges, directory) is { } challenge) chosen.Add(challenge);
            else without[FailureReport.NameOf(authorization)] = $"the CA offers {Offers(authorization)} for it, and of {string.Join(", ", run.Order.Challenges)} none";
        }

        if (without.Count > 0) return new StepResult.Failed(new OrderFailure(OrderFailureKind.Rejected, string.Join("; ", without.Select(name => $"{name.Key}: {name.Value}")), without));

        var records = PermanentRecords.Of(chosen, account).Select(record => record.Line).ToList();
        await run.AdvanceAsync(run.Order with { Progress = Next(created.OrderUrl, order.Expires, chosen), PermanentRecords = records.Count > 0 ? records : null }, cancellationToken).ConfigureAwait(false);
        return StepResult.Advanced;
    }

    private static OrderProgress Next(string orderUrl, DateTimeOffset? expires, List<ChosenChallenge> chosen) =>
        chosen.Exists(challenge => ChallengeTypes.IsByDns(challenge.Type)) ? new OrderProgress.Preparing(orderUrl, expires, chosen) : new OrderProgress.Answering(orderUrl, expires, chosen);

    /// <summary>The first wished type the CA offers; a challenge without a usable token cannot be answered, nor one of dns-persist-01 without the CA's names.</summary>
    private static ChosenChallenge? Choose(AcmeAuthorization authorization, IEnumerable<string> types, AcmeDirectory? directory) => types
        .SelectMany(type => authorization.Challenges.Where(challenge => challenge.Type == type))
        .Select(challenge => (Challenge: challenge, Permanent: directory is not null && challenge.Type == ChallengeTypes.DnsPersist01 ? PersistOffer.Of(challenge, directory) : null))
        .Where(offered => offered.Challenge.Type == ChallengeTypes.DnsPersist01 ? offered.Permanent is not null : offered.Challenge.Token is not null)
        .Select(offered => new ChosenChallenge(FailureReport.NameOf(authorization), authorization.Url, offered.Challenge.Url, offered.Challenge.Type, offered.Permanent is null ? offered.Challenge.Token! : "") { Permanent = offered.Permanent })
        .FirstOrDefault();

    private static string Offers(AcmeAuthorization authorization) =>
        authorization.Challenges.Count == 0 ? "nothing" : string.Join(", ", authorization.Challenges.Select(challenge => challenge.Type));
}
