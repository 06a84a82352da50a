using System.Numerics;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>What the rules need the CA's keys for.</summary>
internal interface IAuthority
{
    /// <summary>DER of the issuing certificate, once for each chain; the first is the default one's. All have the same name and key.</summary>
    IReadOnlyList<byte[]> Issuers { get; }

    /// <summary>The new certificate as DER.</summary>
    byte[] Issue(SigningRequest request, DateTimeOffset now, TimeSpan lifetime);

    /// <summary>A signed CRL as DER.</summary>
    byte[] Revoke(IEnumerable<IssuedCertificate> revoked, BigInteger number, DateTimeOffset now);
}
