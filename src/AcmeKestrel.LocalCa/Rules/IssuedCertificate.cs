using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A certificate as issued, and what became of it.</summary>
/// <param name="SerialNumber">Upper-case hex, as <see cref="X509Certificate2.SerialNumber"/> writes it.</param>
internal sealed record IssuedCertificate(
    string Id, string AccountId, byte[] Der, IReadOnlyList<Identifier> Identifiers, CertificateId RenewalId, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    public Revocation? Revocation { get; init; }

    /// <summary>How many more downloads miss it.</summary>
    public int MissesLeft { get; init; }

    /// <summary>A test's own window.</summary>
    public RenewalWindow? Window { get; init; }

    /// <summary>A test's own answer, instead of any window.</summary>
    public LocalCaReply? RenewalAnswer { get; init; }

    public static IssuedCertificate Of(Order order, byte[] der)
    {
        using var certificate = X509CertificateLoader.LoadCertificate(der);
        return new IssuedCertificate(
            CaState.NewId(), order.AccountId, der, order.Identifiers, CertificateId.Of(certificate)!, certificate.SerialNumber, certificate.NotBefore, certificate.NotAfter);
    }
}

/// <param name="Reason">RFC 5280 section 5.3.1; null = not given.</param>
internal sealed record Revocation(int? Reason, DateTimeOffset At);
