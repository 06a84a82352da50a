using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Telemetry;

/// <summary>All wished certificates as they stand now, from the values that whoever is at work on a label leaves for others to look at: nobody waits for it.</summary>
internal sealed class CertificateOutlooks(Labels labels, IAcmeSettings settings, TimeProvider time)
{
    public IEnumerable<CertificateOutlook> Now()
    {
        var (policy, now) = (settings.Current.Renewal, time.GetUtcNow());
        foreach (var wish in labels.Wishes) yield return CertificateOutlook.Of(wish, labels.Of(wish.Label).Facts, policy, now);
    }

    /// <summary>When the certificates end, of those that there are: nothing is worked out for that.</summary>
    public IEnumerable<(Wish Wish, DateTimeOffset NotAfter)> Ends()
    {
        foreach (var wish in labels.Wishes)
        {
            if (labels.Of(wish.Label).Facts.Certificate is { NotAfter: var end }) yield return (wish, end);
        }
    }

    /// <summary>Where each revocation stands that has not come to its end, of labels that are wished no more, too.</summary>
    public IEnumerable<RevocationStage> Revocations()
    {
        foreach (var entry in labels.All)
        {
            if (entry.Facts is { Revocation: { } revocation } facts && revocation.StageOf(facts.Certificate, entry.Wish is not null) is { } stage) yield return stage;
        }
    }
}
