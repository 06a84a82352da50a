namespace AcmeKestrel.LocalCa.Rules;

/// <summary>When a certificate should be renewed (RFC 9773 section 4.2).</summary>
internal sealed record RenewalWindow(DateTimeOffset Start, DateTimeOffset End, Uri? Explanation = null)
{
    private static readonly TimeSpan Short = TimeSpan.FromDays(10);

    /// <summary>Let's Encrypt's way: a fiftieth of the lifetime wide, around two thirds of it, or half of a short one. A revoked certificate is late already.</summary>
    public static RenewalWindow Suggest(DateTimeOffset notBefore, DateTimeOffset notAfter, bool revoked, DateTimeOffset now)
    {
        if (revoked) return new RenewalWindow(now.AddHours(-1), now.AddMinutes(-30));

        // Both ends count (RFC 5280 section 4.1.2.5).
        var lifetime = notAfter - notBefore + TimeSpan.FromSeconds(1);
        var centre = notBefore + (lifetime < Short ? lifetime / 2 : lifetime * 2 / 3);
        return new RenewalWindow(centre - (lifetime / 100), centre + (lifetime / 100));
    }
}
