namespace AcmeKestrel.LocalCa;

/// <summary>A kind of certificate that orders can ask for by name (draft-ietf-acme-profiles).</summary>
public sealed record LocalCaProfile
{
    /// <summary>A profile whose certificates live for this long, at least a second.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The lifetime is too short.</exception>
    public LocalCaProfile(string description, TimeSpan certificateLifetime)
    {
        ArgumentNullException.ThrowIfNull(description);
        (Description, CertificateLifetime) = (description, Lifetime(certificateLifetime));
    }

    /// <summary>For people: a sentence, or the URL of one. Announced in the directory.</summary>
    public string Description { get; }

    /// <summary>How long a certificate of this profile lives.</summary>
    public TimeSpan CertificateLifetime { get; }

    /// <summary>Both ends of a validity count (RFC 5280 section 4.1.2.5), so that no certificate lives for less.</summary>
    internal static TimeSpan Lifetime(TimeSpan lifetime) =>
        lifetime >= TimeSpan.FromSeconds(1) ? lifetime : throw new ArgumentOutOfRangeException(nameof(lifetime), lifetime, "A certificate lives for a second at least.");
}
