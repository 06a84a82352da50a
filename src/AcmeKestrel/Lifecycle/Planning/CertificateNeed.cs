using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Planning.Renewals;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Whether a label needs another certificate, why, and for which names. Pure.</summary>
internal static class CertificateNeed
{
    /// <summary>Null while the present certificate satisfies the wish.</summary>
    /// <param name="candidates">Whose certificates satisfy.</param>
    public static IssueReason? Of(Wish wish, IReadOnlyList<Candidate> candidates, CertificateFacts? certificate, Schedule schedule, RenewalPolicy policy, DateTimeOffset now)
    {
        if (certificate is null) return new(IssueReasonKind.NoCertificate, "no certificate yet");
        if (candidates.FirstOrDefault(candidate => candidate.Provider.Ca == certificate.Ca)?.Provider is not { } issuer) return new(IssueReasonKind.OtherCa, "the present certificate is from another CA");
        if (certificate.KeyType != wish.KeyType) return new(IssueReasonKind.OtherKeyType, "another key type is wished");
        if (wish.ProfileAt(issuer) is { } profile && !HasProfile(certificate, profile, wish.RequireProfile)) return new(IssueReasonKind.OtherProfile, "another profile is wished");

        var missing = wish.Required.FirstOrDefault(name => !certificate.Names.Contains(name.Value))
            ?? wish.Optional.FirstOrDefault(name => !certificate.Names.Contains(name.Value) && !schedule.LeftOut.Contains(name.Value));
        if (missing is not null) return new(IssueReasonKind.NameMissing, $"{missing} is not in the present certificate");
        if (now >= certificate.NotAfter) return new(IssueReasonKind.Expired, "the present certificate has expired");

        if (now < RenewalTime.DueAt(certificate, schedule, policy)) return null;
        if (!RenewalTime.IsHurried(certificate, schedule, policy)) return new(IssueReasonKind.RenewalDue, "the renewal is due");

        var page = RenewalTime.Window(certificate, schedule, policy)?.ExplanationUrl;
        return new(IssueReasonKind.RenewalHurried, page is null ? "the CA asks to renew it early" : $"the CA asks to renew it early ({page})");
    }

    /// <summary>By what is known without a schedule the certificate satisfies the wish for now. A schedule may say otherwise: a look at it can wait a little, and no longer.</summary>
    public static bool IsQuiet(Wish wish, AcmeSettings settings, CertificateFacts? certificate, DateTimeOffset now) =>
        certificate is not null && settings.Providers.ContainsKey(wish.Provider)
        && Of(wish, [.. wish.Providers.Select(settings.Providers.GetValueOrDefault).OfType<Provider>().Select(provider => new Candidate(provider, AccountName.Of(provider, wish.Email)))], certificate, Schedule.Empty, settings.Renewal, now) is null;

    /// <summary>The names to order; so close to the end that a certificate without its failing names is better than none, without those.</summary>
    public static IReadOnlyList<AcmeIdentifier> Identifiers(Wish wish, CertificateFacts? certificate, Schedule schedule, DateTimeOffset now)
    {
        var names = wish.Required.Concat(wish.Optional.Where(name => !schedule.Dropped.Contains(name.Value))).DistinctBy(name => name.Value).ToList();
        if (certificate is null || !RenewalTime.IsNearExpiry(certificate, now)) return names;

        var healthy = names.Where(name => !schedule.FailingNames.Contains(name.Value)).ToList();
        return healthy.Count > 0 ? healthy : names;
    }

    /// <summary>A profile that the CA did not grant was asked for all the same: it is asked for again at the renewal, not before.</summary>
    private static bool HasProfile(CertificateFacts certificate, string profile, bool required) => certificate.Profile == profile || (!required && certificate.WishedProfile == profile);
}
