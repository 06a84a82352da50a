using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>The CA's keys at work.</summary>
/// <param name="crlUrl">Named in certificates where <see cref="LocalCaServerOptions.CrlDistributionPoint"/> says so.</param>
internal sealed class Authority(Hierarchy hierarchy, LocalCaServerOptions options, string crlUrl) : IAuthority
{
    private readonly LeafIssuer _leaves = new(hierarchy);

    public IReadOnlyList<byte[]> Issuers { get; } = [hierarchy.Intermediate.RawData, .. hierarchy.Alternates.Select(other => other.Intermediate.RawData)];

    public byte[] Issue(SigningRequest request, DateTimeOffset now, TimeSpan lifetime)
    {
        using var leaf = _leaves.Issue(request.PublicKey, request.Identifiers, now, lifetime, options.Serials?.Invoke(), options.CrlDistributionPoint ? crlUrl : null);
        return leaf.RawData;
    }

    public byte[] Revoke(IEnumerable<IssuedCertificate> revoked, BigInteger number, DateTimeOffset now) => _leaves.Sign(issuer => RevocationList.Sign(issuer, revoked, number, now));
}
