using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Who stands above a chain.</summary>
internal static class ChainIssuer
{
    /// <summary>Whether the issuer of the chain's last certificate has this common name: any other certificate's issuer says nothing about the root.</summary>
    public static bool IsTopmost(CertificateChain chain, string commonName)
    {
        var last = chain.Intermediates.Count > 0 ? chain.Intermediates[^1] : chain.Leaf;
        using var certificate = X509CertificateLoader.LoadCertificate(last.Span);
        return certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true).Equals(commonName, StringComparison.OrdinalIgnoreCase);
    }
}
