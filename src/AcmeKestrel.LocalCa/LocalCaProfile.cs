namespace AcmeKestrel.LocalCa;

/// <summary>A kind of certificate that orders can ask for by name (draft-ietf-acme-profiles).</summary>
/// <param name="Description">For people: a sentence, or the URL of one. Announced in the directory.</param>
/// <param name="CertificateLifetime">At least a second.</param>
/// <exception cref="ArgumentOutOfRangeException">The lifetime is too short.</exception>
public sealed record LocalCaProfile(string Description, TimeSpan CertificateLifetime)
{
    /// <summary>How long a certificate of this profile lives.</summary>
    public TimeSpan CertificateLifetime { get; } = Lifetime(CertificateLifetime);

    /// <summary>Both ends of a validity count (RFC 5280 section 4.1.2.5), so that no certificate lives for less.</summary>
    internal static TimeSpan Lifetime(TimeSpan lifetime) =>
        lifetime >= TimeSpan.FromSeconds(1) ? lifetime : throw new ArgumentOutOfRangeException(nameof(lifetime), lifetime, "A certificate lives for a second at least.");
}
