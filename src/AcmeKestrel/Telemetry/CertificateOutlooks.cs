using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle;

namespace AcmeKestrel.Telemetry;

/// <summary>All wished certificates as they stand now, from the values that whoever is at work on a label leaves for others to look at: nobody waits for it.</summary>
internal sealed class CertificateOutlooks(Labels labels, IAcmeSettings settings, TimeProvider time)
{
    public IEnumerable<CertificateOutlook> Now()
    {
        var (policy, now) = (settings.Current.Renewal, time.GetUtcNow());
        foreach (var wish in labels.Wishes) yield return CertificateOutlook.Of(wish, labels.Of(wish.Label).Facts, policy, now);
    }
}
