using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A CSR against its order (RFC 8555 section 7.4): exactly the order's names, a good key, a signature that verifies.</summary>
internal static class SigningRequestCheck
{
    public static CertificateRequest Read(byte[] der, CaOrder order)
    {
        CertificateRequest request;
        try
        {
            // Loading verifies the request's own signature.
            request = CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            throw Bad("it is no PKCS#10 request with a valid signature");
        }

        CheckKey(request, order);

        var names = Names(request);
        var expected = order.Identifiers.ToHashSet();
        if (!expected.SetEquals(names)) throw Bad($"its names ({string.Join(", ", names.Select(name => name.Value))}) are not those of the order ({string.Join(", ", expected.Select(name => name.Value))})");

        var commonNames = request.SubjectName.EnumerateRelativeDistinguishedNames().Where(part => part.GetSingleElementType().Value == "2.5.4.3").Select(part => part.GetSingleElementValue());
        if (commonNames.Any(name => name is null || !expected.Contains(new Identifier("dns", name)))) throw Bad("its common name is not among its names");

        return request;
    }

    private static void CheckKey(CertificateRequest request, CaOrder order)
    {
        using var rsa = request.PublicKey.GetRSAPublicKey();
        using var ec = request.PublicKey.GetECDsaPublicKey();
        var good = rsa is not null ? rsa.KeySize is 2048 or 3072 or 4096 : ec?.KeySize is 256 or 384;
        if (!good) throw Bad("its key must be RSA with 2048, 3072 or 4096 bits, or ECDSA on P-256 or P-384");
        if (request.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(order.Account.Key.SubjectPublicKeyInfo)) throw Bad("its key is the account's key (section 11.1)");
    }

    private static HashSet<Identifier> Names(CertificateRequest request)
    {
        var extension = request.CertificateExtensions.FirstOrDefault(extension => extension.Oid?.Value == "2.5.29.17");
        if (extension is null) return [];

        var names = new X509SubjectAlternativeNameExtension(extension.RawData);
        return [.. names.EnumerateDnsNames().Select(name => new Identifier("dns", name)), .. names.EnumerateIPAddresses().Select((IPAddress address) => new Identifier("ip", address.ToString()))];
    }

    private static CaProblem Bad(string detail) => new(400, "badCSR", $"the CSR is refused: {detail}");
}
