namespace AcmeKestrel;

/// <summary>When a CA suggests to renew a certificate (RFC 9773 section 4.2).</summary>
/// <param name="Start">Where the window begins; in the past: now.</param>
/// <param name="End">Always later than <paramref name="Start"/>.</param>
public sealed record AcmeRenewalWindow(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>A page that explains the window, in the CA's words: text to show, never a link to follow unasked; null where the CA gave none.</summary>
    public string? Explanation { get; init; }
}
