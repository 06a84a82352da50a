using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Somebody wants a certificate that another program obtained to be a label's.</summary>
/// <param name="Provider">The CA that issued it.</param>
/// <param name="AccountUrl">That it was ordered with; empty: nobody knows.</param>
internal sealed record ImportRequest(ImportedCertificate Certificate, Provider Provider, string AccountUrl)
{
    /// <summary>What came of it. Set by whoever is at work on the label, before it is answered; null: nothing was decided.</summary>
    public ImportVerdict? Verdict { get; set; }

    /// <summary>As a label's generation. Its profile is not known; that the provider's is not in it is no reason for another one before its renewal.</summary>
    public Generation ToGeneration(string label, DateTimeOffset stamp) => new(
        label,
        GenerationId.Of(stamp, Certificate.Origin),
        Certificate.Chain,
        Certificate.PrivateKeyPkcs8,
        new GenerationOrigin(Certificate.Origin, "", Provider.DirectoryUrl, AccountUrl, Certificate.KeyType, Profile: null, ChallengeType: null, Certificate.Chain.NotBefore) { WishedProfile = Provider.Profile });
}

/// <param name="Reason">Why nothing has changed; null: it was imported.</param>
internal sealed record ImportVerdict(AcmeImportOutcome Outcome, string? Reason = null);
