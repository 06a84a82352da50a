using System.Diagnostics.Metrics;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning.Revocations;

namespace AcmeKestrel.Telemetry;

/// <summary>When certificates end and are due, and how many stand how. Names stand on one metric alone, and only on so many of it as the settings say.</summary>
internal sealed class CertificateGauges
{
    private readonly CertificateOutlooks _outlooks;
    private readonly IAcmeSettings _settings;

    public CertificateGauges(AcmeMeter meter, CertificateOutlooks outlooks, IAcmeSettings settings)
    {
        (_outlooks, _settings) = (outlooks, settings);
        meter.Meter.CreateObservableGauge("acme.certificate.not_after", NotAfter, "s", "The end of the certificate, in seconds since 1970: of those that end soonest; without names of the first one of each CA.");
        meter.Meter.CreateObservableGauge("acme.certificate.renewal_time", RenewalTime, "s", "When the next renewal of each CA is due, in seconds since 1970; in the past: it is late.");
        meter.Meter.CreateObservableGauge("acme.certificates", Standings, "{certificate}", "Wished certificates by how they stand.");
        meter.Meter.CreateObservableGauge("acme.revocations", Revocations, "{revocation}", "Revocations that have not come to their end, by where they stand.");
    }

    private List<Measurement<long>> NotAfter()
    {
        if (_settings.Current.CertificateNames is not (> 0 and var most)) return Earliest(_outlooks.Ends().Select(known => (known.Wish.Provider, known.NotAfter)));

        // The one that ends last is let go first.
        var kept = new PriorityQueue<(Wish Wish, DateTimeOffset NotAfter), long>();
        foreach (var known in _outlooks.Ends())
        {
            kept.Enqueue(known, -known.NotAfter.UtcTicks);
            if (kept.Count > most) kept.Dequeue();
        }

        return [.. kept.UnorderedItems.Select(item => new Measurement<long>(
            item.Element.NotAfter.ToUnixTimeSeconds(), Tag(TelemetryNames.CertificateName, item.Element.Wish.Label), Tag(TelemetryNames.Ca, item.Element.Wish.Provider)))];
    }

    private List<Measurement<long>> RenewalTime() => Earliest(_outlooks.Now().Where(outlook => outlook.RenewalAt is not null).Select(outlook => (outlook.Ca, outlook.RenewalAt!.Value)));

    private static List<Measurement<long>> Earliest(IEnumerable<(string Ca, DateTimeOffset At)> moments)
    {
        var earliest = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var (ca, at) in moments)
        {
            if (!earliest.TryGetValue(ca, out var known) || at < known) earliest[ca] = at;
        }

        return [.. earliest.Select(one => new Measurement<long>(one.Value.ToUnixTimeSeconds(), Tag(TelemetryNames.Ca, one.Key)))];
    }

    /// <summary>Each standing is there, with nobody in it, too: an alert can tell none from no word.</summary>
    private IEnumerable<Measurement<long>> Standings()
    {
        var counts = _outlooks.Now().CountBy(outlook => outlook.Standing).ToDictionary();
        return Enum.GetValues<CertificateStanding>().Select(standing => new Measurement<long>(counts.GetValueOrDefault(standing), Tag(TelemetryNames.Standing, standing.ToString().ToLowerInvariant())));
    }

    private IEnumerable<Measurement<long>> Revocations()
    {
        var counts = _outlooks.Revocations().CountBy(stage => stage).ToDictionary();
        return Enum.GetValues<RevocationStage>().Select(stage => new Measurement<long>(counts.GetValueOrDefault(stage), Tag(TelemetryNames.RevocationStage, stage.ToString().ToLowerInvariant())));
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
