using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 sections 7.4.2 and 7.6: handing out and taking back.</summary>
internal sealed class CertificateDesk(CaState state)
{
    public IssuedCertificate Download(Account account, string id)
    {
        var found = state.Certificates.GetValueOrDefault(id) ?? throw CaState.Unknown("certificate");
        return CaState.Owned(found, found.AccountId, account);
    }

    /// <param name="account">The signer, or null where the certificate's own key signed: <paramref name="key"/>.</param>
    public void Revoke(Account? account, PublicJwk? key, JsonMembers payload)
    {
        var der = payload.Bytes("certificate");
        var found = state.Certificates.Values.FirstOrDefault(c => c.Der.AsSpan().SequenceEqual(der)) ?? throw CaState.Unknown("certificate");
        if (account is not null ? found.AccountId != account.Id : !IsItsKey(der, key!))
            throw new RefusalException(Problem.Unauthorized("Neither the account nor the key may revoke this certificate."));

        // RFC 5280 section 5.3.1 has no reason 7.
        if (payload.OptionalNumber("reason") is { } reason and (< 0 or 7 or > 10))
            throw new RefusalException(new Problem("badRevocationReason", 400, $"{reason} is not a reason."));
        if (found.Revoked) throw new RefusalException(new Problem("alreadyRevoked", 400, "The certificate is revoked already."));

        state.Certificates[found.Id] = found with { Revoked = true };
    }

    private static bool IsItsKey(byte[] der, PublicJwk key)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.SubjectPublicKeyInfo);
    }
}
