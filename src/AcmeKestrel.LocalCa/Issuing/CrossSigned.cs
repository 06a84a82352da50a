using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Issuing;

/// <summary>A further root, and the intermediate's name and key under its signature. A leaf names its issuer's key, not its certificate, so it chains to either.</summary>
internal sealed record CrossSigned(X509Certificate2 Root, X509Certificate2 Intermediate)
{
    public static CrossSigned Create(X509Certificate2 intermediate, DateTimeOffset now)
    {
        using var key = intermediate.GetECDsaPublicKey()!;
        var (root, certificate) = Hierarchy.CreateBelowNewRoot(intermediate.SubjectName, key, now);
        return new CrossSigned(root, certificate);
    }
}
