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
    public async Task<StepResult?> RunAsync(OrderRun run, IReadOnlyList<AcmeIdentifier> identifiers, AcmeDirectory directory, string accountUrl)
    {
        if (run.IsCleared || run.Seen is not null) return null;

        var check = run.DnsCheck ??= Begin(run, identifiers, directory, accountUrl);
        if (check is null)
        {
            run.IsCleared = true;
            return null;
        }

        if (!check.IsCompleted) return new StepResult.WaitUntil(time.GetUtcNow() + PreparingStep.LongestTask) { IsOurs = true, Sooner = check, For = "DNS is asked whether it can be proven" };

        run.DnsCheck = null;
        var (faults, refusals, unasked) = await check.ConfigureAwait(false);
        if (refusals.Count > 0) return PreparingStep.Failed(OrderFailureKind.Rejected, refusals);
        if (faults.Count > 0) return PreparingStep.Failed(OrderFailureKind.Validation, faults.ToDictionary(name => name.Key, name => $"{run.Order.Challenges.First(ChallengeTypes.IsByDns)}: {name.Value}", StringComparer.Ordinal));

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
    private Task<DnsCheck>? Begin(OrderRun run, IReadOnlyList<AcmeIdentifier> identifiers, AcmeDirectory directory, string accountUrl)
    {
        var hosts = identifiers.Where(name => name.Type is AcmeIdentifierType.Dns).ToList();

        // As the challenges will most likely be chosen.
        var type = run.Order.Challenges.FirstOrDefault(ChallengeTypes.IsByDns);
        var byDns = hosts.Where(name => type is not null && (name.IsWildcard || type == run.Order.Challenges[0]))
            .Select(name => new DnsProof(name, DnsProof.RecordNameOf(name, type!, accountUrl), "", "")).ToList();
        var issuer = directory.CaaIdentities.Count > 0 && desk.LooksAhead ? new CaaIssuer(directory.CaaIdentities, accountUrl, run.Order.Challenges) : null;
        return byDns.Count == 0 && issuer is null ? null : desk.CheckAsync(run.WokenLabel, run.Order.Dns, byDns, hosts, issuer, CancellationToken.None);
    }
}
