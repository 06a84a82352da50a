using System.Text.Json.Serialization;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning.Renewals;

/// <summary>A certificate that an order is to replace.</summary>
/// <param name="RenewalId">RFC 9773 section 4.1.</param>
/// <param name="AccountUrl">The account that has it: no other may replace it.</param>
internal sealed record ReplacedCertificate([property: JsonRequired] string RenewalId, [property: JsonRequired] string AccountUrl)
{
    /// <summary>The served certificate, where an order at this CA for these names replaces it.</summary>
    public static ReplacedCertificate? Of(CertificateFacts? served, CaKey ca, IEnumerable<string> names, DateTimeOffset now) =>
        served is { RenewalId: { } id, AccountUrl: { Length: > 0 } account } && served.Ca == ca && served.NotAfter > now && names.Any(served.Names.Contains)
            ? new ReplacedCertificate(id, account)
            : null;
}
