using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving;

/// <summary>What one name is served with: at most one certificate of each key family.</summary>
internal sealed record NameSlots(ServedCertificate? Ecdsa, ServedCertificate? Rsa)
{
    public static NameSlots Empty { get; } = new(null, null);

    public bool IsEmpty => Ecdsa is null && Rsa is null;

    public bool IsFull => Ecdsa is not null && Rsa is not null;

    /// <summary>ECDSA is the cheaper handshake; the other family is better than no certificate.</summary>
    public ServedCertificate? Choose(bool acceptsEcdsa) => acceptsEcdsa ? Ecdsa ?? Rsa : Rsa ?? Ecdsa;

    public NameSlots With(ServedCertificate certificate) =>
        certificate.Generation.Chain.KeyFamily == KeyFamily.Ecdsa ? this with { Ecdsa = certificate } : this with { Rsa = certificate };

    public NameSlots WithMissing(ServedCertificate certificate) =>
        (certificate.Generation.Chain.KeyFamily == KeyFamily.Ecdsa ? Ecdsa : Rsa) is null ? With(certificate) : this;

    public bool HasAnyOf(string label) => IsOf(Ecdsa, label) || IsOf(Rsa, label);

    public NameSlots Without(string label) => new(IsOf(Ecdsa, label) ? null : Ecdsa, IsOf(Rsa, label) ? null : Rsa);

    private static bool IsOf(ServedCertificate? certificate, string label) =>
        certificate is not null && certificate.Generation.Label.Equals(label, StringComparison.OrdinalIgnoreCase);
}
