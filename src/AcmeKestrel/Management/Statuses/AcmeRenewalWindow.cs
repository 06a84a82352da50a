namespace AcmeKestrel;

/// <summary>When a CA suggests to renew a certificate (RFC 9773 section 4.2).</summary>
public sealed class AcmeRenewalWindow
{
    /// <summary>A window without an explanation.</summary>
    public AcmeRenewalWindow(DateTimeOffset start, DateTimeOffset end) => (Start, End) = (start, end);

    /// <summary>Where the window begins; in the past: now.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>Always later than <see cref="Start"/>.</summary>
    public DateTimeOffset End { get; }

    /// <summary>A page that explains the window, in the CA's words: text to show, never a link to follow unasked; null where the CA gave none.</summary>
    public string? Explanation { get; init; }
}
