using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Protocol;
using AcmeKestrel.Zones;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Before an order is made: what DNS tells beforehand costs nothing of a CA's limits.</summary>
internal sealed class PreflightStep(DnsDesk desk, TimeProvider time, ILogger logger)
{
    private const int Told = 3;

    /// <summary>Null: nothing speaks against it.</summary>
    public async Task<StepResult?> RunAsync(OrderRun run, IReadOnlyList<AcmeIdentifier> identifiers, AcmeDirectory directory, AcmeAccount account, CancellationToken cancellationToken)
    {
        if (run.IsCleared || run.Seen is not null) return null;

        var hosts = identifiers.Where(name => name.Type is AcmeIdentifierType.Dns).ToList();
        var permanent = Permanent(run.Order.Challenges, hosts, directory, account);
        var check = run.DnsCheck ??= Begin(run, hosts, permanent, directory, account.Url);
        if (check is null)
        {
            run.IsCleared = true;
            return null;
        }

        if (!check.IsCompleted) return new StepResult.WaitUntil(time.GetUtcNow() + PreparingStep.LongestTask) { IsOurs = true, Sooner = check, For = "DNS is asked whether it can be proven" };

        run.DnsCheck = null;
        var (faults, refusals, unasked, missing) = await check.ConfigureAwait(false);
        if (refusals.Count > 0) return PreparingStep.Failed(OrderFailureKind.Rejected, refusals);
        if (faults.Count > 0) return PreparingStep.Failed(OrderFailureKind.Validation, faults.ToDictionary(name => name.Key, name => $"{run.Order.Challenges.First(ChallengeTypes.IsWritten)}: {name.Value}", StringComparer.Ordinal));
        if (missing.Count > 0) return await PermanentRecords.MissAsync(run, hosts, permanent, missing, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);

        if (unasked.Count > 0) Remark(run, unasked);
        run.IsCleared = true;
        return null;
    }

    /// <summary>A CA that cannot look them up must refuse (RFC 8659 section 3), and may well see what this machine does not.</summary>
    private void Remark(OrderRun run, IReadOnlyDictionary<string, string> unasked)
    {
        var reason = string.Join("; ", unasked.Values.Distinct(StringComparer.Ordinal).Take(Told));
        run.Remark = $"its CAA records could not be looked up from here: {reason}";
        logger.CaaUnasked(run.Order.Label, string.Join(", ", unasked.Keys.Order(StringComparer.Ordinal).Take(Told)), reason);
    }

    /// <summary>Null: there is nothing to ask.</summary>
    private Task<DnsCheck>? Begin(OrderRun run, IReadOnlyList<AcmeIdentifier> hosts, IReadOnlyList<PersistRecord> permanent, AcmeDirectory directory, string accountUrl)
    {
        var byDns = hosts.Select(name => (Name: name, Type: TypeOf(run.Order.Challenges, name))).Where(of => of.Type is not null && ChallengeTypes.IsWritten(of.Type))
            .Select(of => new DnsProof(of.Name, DnsProof.RecordNameOf(of.Name, of.Type!, accountUrl), "", "")).ToList();
        var issuer = directory.CaaIdentities.Count > 0 && desk.LooksAhead ? new CaaIssuer(directory.CaaIdentities, accountUrl, run.Order.Challenges) : null;
        return byDns.Count == 0 && permanent.Count == 0 && issuer is null ? null : desk.CheckAsync(run.WokenLabel, run.Order.Dns, byDns, permanent, hosts, issuer, CancellationToken.None);
    }

    /// <summary>Empty also where the directory does not tell how they name the CA: then only the challenge does.</summary>
    private IReadOnlyList<PersistRecord> Permanent(IReadOnlyList<string> types, IReadOnlyList<AcmeIdentifier> hosts, AcmeDirectory directory, AcmeAccount account)
    {
        if (!desk.CanLookForPermanent || PersistOffer.BeforeOrder(directory) is not { } offer) return [];
        return PermanentRecords.Of(hosts.Where(name => TypeOf(types, name) == ChallengeTypes.DnsPersist01).Select(name => (name, offer)), account, isCertain: false);
    }

    /// <summary>By which record it will most likely be proven; null: by none.</summary>
    private static string? TypeOf(IReadOnlyList<string> types, AcmeIdentifier name) =>
        types.FirstOrDefault(ChallengeTypes.IsByDns) is { } type && (name.IsWildcard || type == types[0]) ? type : null;
}
