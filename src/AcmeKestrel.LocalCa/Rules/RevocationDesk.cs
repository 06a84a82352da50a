using System.Numerics;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.6: who may revoke what, why, and the list of it (RFC 5280 section 5).</summary>
internal sealed class RevocationDesk(CaState state, LocalCaServerOptions options, TimeProvider time)
{
    private BigInteger _number;

    /// <param name="account">The signer, or null where the certificate's own key signed: <paramref name="key"/>.</param>
    public void Revoke(Account? account, PublicJwk? key, JsonMembers payload)
    {
        var now = time.GetUtcNow();
        var der = payload.Bytes("certificate");
        var found = state.Certificates.Values.FirstOrDefault(c => c.Der.AsSpan().SequenceEqual(der)) ?? throw CaState.Unknown("certificate");
        if (account is not null ? !MayRevoke(account, found, now) : !IsItsKey(der, key!))
            throw new RefusalException(Problem.Unauthorized("Neither the account nor the key may revoke this certificate."));

        // RFC 5280 section 5.3.1 has no reason 7.
        var reason = payload.OptionalNumber("reason");
        if (reason is < 0 or 7 or > 10) throw new RefusalException(new Problem("badRevocationReason", 400, $"{reason} is not a reason."));
        if (options.RefuseRevokingExpired && found.NotAfter < now) throw new RefusalException(Problem.Unauthorized("The certificate has expired."));
        if (found.Revocation is not null) throw new RefusalException(new Problem("alreadyRevoked", 400, "The certificate is revoked already."));

        state.Certificates[found.Id] = found with { Revocation = new Revocation(reason, now) };
    }

    /// <summary>A list of everything revoked, made anew. Its number grows with each and over restarts, because the clock does.</summary>
    public byte[] List(IAuthority authority)
    {
        var now = time.GetUtcNow();
        _number = BigInteger.Max(_number + 1, now.ToUnixTimeMilliseconds());
        return authority.Revoke(state.Certificates.Values.Where(c => c.Revocation is not null), _number, now);
    }

    private bool MayRevoke(Account account, IssuedCertificate certificate, DateTimeOffset now) =>
        certificate.AccountId == account.Id || certificate.Identifiers.All(identifier => state.Authorizations.Values.Any(a =>
            a.AccountId == account.Id && a.Identifier == identifier && a.At(now).Status == Status.Valid));

    private static bool IsItsKey(byte[] der, PublicJwk key)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.SubjectPublicKeyInfo);
    }
}
