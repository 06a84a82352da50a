namespace AcmeKestrel.LocalCa;

/// <summary>A kind of certificate that orders can ask for by name (draft-ietf-acme-profiles).</summary>
/// <param name="Description">For people: a sentence, or the URL of one. Announced in the directory.</param>
/// <param name="CertificateLifetime">How long a certificate of this profile lives.</param>
public sealed record LocalCaProfile(string Description, TimeSpan CertificateLifetime);
