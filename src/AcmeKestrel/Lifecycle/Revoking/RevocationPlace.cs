using System.Security.Cryptography;

namespace AcmeKestrel.Lifecycle.Revoking;

/// <summary>A list of revoked certificates, and who must have signed it: what many certificates have in common.</summary>
/// <param name="Url">An http or https URL.</param>
/// <param name="Issuer">The name's DER, as the certificates have it.</param>
/// <param name="Signer">The issuer's certificate, which came along with them.</param>
internal sealed record RevocationPlace(Uri Url, ReadOnlyMemory<byte> Issuer, ReadOnlyMemory<byte> Signer)
{
    /// <summary>By the signer as well: a list that another one has signed is nothing to these certificates, and all to that one's.</summary>
    public string Name => field ??= $"{Url.AbsoluteUri} {Convert.ToHexString(SHA256.HashData(Signer.Span))}";

    public bool Equals(RevocationPlace? other) => other is not null && Name == other.Name && Issuer.Span.SequenceEqual(other.Issuer.Span);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);
}
