namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>A list of revoked certificates, and who must have signed it: what many certificates have in common.</summary>
/// <param name="Url">An http or https URL.</param>
/// <param name="Issuer">The name's DER, as the certificates have it.</param>
/// <param name="Signer">The issuer's certificate, which came along with them.</param>
internal sealed record RevocationPlace(Uri Url, ReadOnlyMemory<byte> Issuer, ReadOnlyMemory<byte> Signer)
{
    public bool Equals(RevocationPlace? other) => other is not null && Url == other.Url && Issuer.Span.SequenceEqual(other.Issuer.Span) && Signer.Span.SequenceEqual(other.Signer.Span);

    public override int GetHashCode() => Url.GetHashCode();
}
