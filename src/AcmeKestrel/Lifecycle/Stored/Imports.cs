using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Whether a certificate from elsewhere becomes a label's. Pure.</summary>
internal static class Imports
{
    public static ImportVerdict Judge(ImportRequest import, Situation situation, DateTimeOffset now)
    {
        var facts = GenerationRecord.FactsOf(import.ToGeneration(situation.Label, now));
        if (now >= facts.NotAfter) return Refused($"it has expired at {facts.NotAfter:u}");
        if (now < facts.NotBefore) return Refused($"it is valid only from {facts.NotBefore:u}, and it is {now:u}");
        if (situation.Damage is { } damage) return Refused(damage.Reason);
        if (situation.Order is not null) return Refused("an order is under way for it, and what that brings would be served next; ask again when it has ended");

        var present = situation.Certificate;
        if (present is not null && IsSame(present, facts)) return new ImportVerdict(AcmeImportOutcome.Present, "it is here already");
        if (situation.Schedule.Revoked.Concat((situation.Revocation?.Generations ?? []).Select(RollBack.CertificateOf)).Contains(RollBack.CertificateOf(facts.Generation))) return Refused("it is revoked");

        return present is not null && present.NotBefore >= facts.NotBefore && now < present.NotAfter
            ? new ImportVerdict(AcmeImportOutcome.Superseded, $"a newer one is here, valid from {present.NotBefore:u} until {present.NotAfter:u}")
            : new ImportVerdict(AcmeImportOutcome.Imported);
    }

    /// <summary>By its issuer's key and its serial number, or as it was imported before.</summary>
    private static bool IsSame(CertificateFacts present, CertificateFacts facts) =>
        (facts.RenewalId is { } id && present.RenewalId == id) || RollBack.CertificateOf(present.Generation) == RollBack.CertificateOf(facts.Generation);

    private static ImportVerdict Refused(string reason) => new(AcmeImportOutcome.Refused, reason);
}
