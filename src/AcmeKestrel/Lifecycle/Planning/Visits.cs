using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Planning;

/// <summary>Whether anybody comes for a certificate that is wished for its visitors. Pure.</summary>
internal static class Visits
{
    /// <summary>A visitor who comes in this first part of a certificate's life is mostly the one that it was ordered for, or a scanner that read of it in the CAs' logs.</summary>
    private const double First = 1 / 16.0;

    /// <summary>From when on a visit counts for the certificate's renewal.</summary>
    public static DateTimeOffset CountFrom(CertificateFacts certificate) => certificate.NotBefore + (certificate.Lifetime * First);

    /// <summary>Nobody has come for it since: it is not renewed.</summary>
    public static bool AreMissing(Wish wish, CertificateFacts? certificate) => certificate is not null && wish.VisitedAt < CountFrom(certificate);
}
