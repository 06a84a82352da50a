using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Simulation;

/// <summary>
/// A CA's rules and nothing else, by its own clock: Let's Encrypt's limits as token buckets of this file's own, renewal info, outages, and faults by chance. What it would have refused by a limit is a violation:
/// the ledger's counting should never let that happen.
/// </summary>
internal sealed class SimulatedCa(bool hasLimits, Random chance)
{
    private static readonly TimeSpan Hours3 = TimeSpan.FromHours(3);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private readonly Dictionary<string, (double Tokens, DateTimeOffset At)> _buckets = new(StringComparer.Ordinal);

    /// <summary>Of all requests for an order, those that fail in one way or another.</summary>
    public double FaultRate { get; init; } = 0.05;

    public (DateTimeOffset From, DateTimeOffset To)? Outage { get; init; }

    /// <summary>Certificates that were issued before are to be replaced now.</summary>
    public DateTimeOffset? MassRevocation { get; init; }

    public List<string> Violations { get; } = [];

    public bool IsDown(DateTimeOffset now) => Outage is { } outage && now >= outage.From && now < outage.To;

    public SimulatedAnswer Order(SimulatedName name, OrderKind kind, DateTimeOffset now)
    {
        if (IsDown(now)) return SimulatedAnswer.NoAnswer;

        if (hasLimits && kind is OrderKind.New) Take("orders", 300, Hours3, now);

        var luck = chance.NextDouble() / FaultRate;
        if (luck < 0.4) return SimulatedAnswer.NoAnswer;
        if (luck < 0.6) return SimulatedAnswer.Refused;
        if (luck >= 1)
        {
            if (hasLimits && kind is not OrderKind.Replacing) Take($"set {name.Label}", 5, Week, now);
            if (hasLimits && kind is OrderKind.New) Take($"domain {name.Domain}", 50, Week, now);
            return SimulatedAnswer.Issued;
        }

        if (hasLimits) Take($"failed {name.Label}", 5, TimeSpan.FromHours(1), now);
        return SimulatedAnswer.NotValidated;
    }

    /// <summary>A window around two thirds of the life; in the past for what is revoked.</summary>
    public AcmeRenewalInfo? RenewalInfo(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now)
    {
        if (IsDown(now) || chance.NextDouble() < FaultRate) return null;
        if (notBefore < MassRevocation && now >= MassRevocation) return new AcmeRenewalInfo(now.AddDays(-1), now.AddHours(-1)) { RetryAfter = TimeSpan.FromHours(6) };

        var start = notBefore + ((notAfter - notBefore) * 0.65);
        return new AcmeRenewalInfo(start, start + ((notAfter - notBefore) * 0.02)) { RetryAfter = TimeSpan.FromDays(1) };
    }

    private void Take(string bucket, int count, TimeSpan window, DateTimeOffset now)
    {
        var (tokens, at) = _buckets.GetValueOrDefault(bucket, (count, now));
        tokens = Math.Min(count, tokens + ((now - at) / window * count));
        if (tokens < 1 - 1e-6) Violations.Add($"{now:u} {bucket}");
        _buckets[bucket] = (Math.Max(0, tokens - 1), now);
    }
}

internal enum SimulatedAnswer
{
    Issued,
    NoAnswer,
    NotValidated,
    Refused,
}
