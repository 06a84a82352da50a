namespace AcmeKestrel.LocalCa.Rules;

/// <summary>Handing out what was issued: certificates (RFC 8555 section 7.4.2) and advice about them (RFC 9773).</summary>
internal sealed class CertificateDesk(CaState state, TimeProvider time)
{
    public IssuedCertificate Download(Account account, string id)
    {
        var found = state.Certificates.GetValueOrDefault(id) ?? throw CaState.Unknown("certificate");
        CaState.Owned(found, found.AccountId, account);
        if (found.MissesLeft == 0) return found;

        state.Certificates[id] = found with { MissesLeft = found.MissesLeft - 1 };
        throw CaState.Unknown("certificate yet");
    }

    public IssuedCertificate Find(CertificateId id) => state.Certificates.Values.FirstOrDefault(c => c.RenewalId == id) ?? throw CaState.Unknown("certificate");

    public RenewalWindow Window(IssuedCertificate certificate) =>
        certificate.Window ?? RenewalWindow.Suggest(certificate.NotBefore, certificate.NotAfter, certificate.Revocation is not null, time.GetUtcNow());

    /// <param name="serialNumber">Hex; leading zeros and case do not matter.</param>
    public IssuedCertificate? BySerial(string serialNumber)
    {
        var wanted = serialNumber.TrimStart('0');
        return state.Certificates.Values.FirstOrDefault(c => c.SerialNumber.AsSpan().TrimStart('0').Equals(wanted, StringComparison.OrdinalIgnoreCase));
    }

    public void Change(IssuedCertificate changed) => state.Certificates[changed.Id] = changed;
}
