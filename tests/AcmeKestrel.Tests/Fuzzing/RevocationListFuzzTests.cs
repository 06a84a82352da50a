using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Lifecycle.Revoking;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the lists of revoked certificates, and for what certificates say of where they are.</summary>
public sealed class RevocationListFuzzTests
{
    private const int BytesPerByte = 64;
    private const int Constant = 256 * 1024;

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly (X509Certificate2 Certificate, X509Certificate2 Rsa) Issuers = MakeIssuers();

    private static readonly byte[] List = Sign(Issuers.Certificate, [([0x01], 1), ([0x7F, 0x02], null), ([0x00, 0x80], 4), ([0x03], 6)]);
    private static readonly byte[] RsaList = Sign(Issuers.Rsa, [([0x01], 9)]);
    private static readonly byte[] Leaf = MakeLeaf("http://crl.ca.test/1.crl");
    private static readonly byte[] LeafOfMany = MakeLeaf("ldap://crl.ca.test/", "https://crl.ca.test/2.crl");

    private static readonly Gen<byte[]> Lists = Gen.OneOf(
        Mutation.Of(List, RsaList, Sign(Issuers.Certificate, [])),
        Near(List, [0x55, 0x1D, 0x15], [0x55, 0x1D, 0x23], [0x17, 0x0D], [0x0A, 0x01], [0x02, 0x01]),
        Gen.Byte.Array[0, 40]);

    [Fact]
    public void Any_list_is_read_or_a_format_exception() => Lists.Sample(
        der =>
        {
            try
            {
                var list = Allocation.Within(BytesPerByte, Constant, der.Length, () => RevocationList.Read(der));
                Allocation.Within(BytesPerByte, Constant, der.Length, () => list.IsSignedBy(Issuers.Certificate.RawDataMemory));
                if (Allocation.Within(BytesPerByte, Constant, der.Length, () => list.Find([0x01])) is { } reason) Assert.True(Enum.IsDefined(reason));
            }
            catch (FormatException refused)
            {
                Assert.DoesNotContain(refused.Message, char.IsControl);
            }
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    /// <summary>Whoever changes a list on the way, and has not the key, is not believed.</summary>
    [Fact]
    public void No_changed_list_is_the_issuers() => Lists.Where(der => !der.AsSpan().SequenceEqual(List)).Sample(
        der =>
        {
            try
            {
                var list = RevocationList.Read(der);
                if (list.IsSignedBy(Issuers.Certificate.RawDataMemory)) Assert.Equal(RevocationList.Read(List).Find([0x01]), list.Find([0x01]) ?? RevocationList.Read(List).Find([0x01]));
            }
            catch (FormatException)
            {
            }
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    [Fact]
    public void A_list_by_the_book_says_who_is_revoked_and_why() => Gen.Select(Gen.Byte[1, 0x7F], Gen.OneOf<int?>(null, 0, 1, 2, 3, 4, 5, 6, 9)).Array[0, 12].Select(Gen.Byte[1, 0x7F]).Sample(
        (entries, asked) =>
        {
            var distinct = entries.DistinctBy(entry => entry.Item1).ToList();
            var list = RevocationList.Read(Sign(Issuers.Certificate, [.. distinct.Select(entry => ((byte[])[entry.Item1], entry.Item2))]));

            Assert.True(list.IsSignedBy(Issuers.Certificate.RawDataMemory));
            Assert.False(list.IsSignedBy(Issuers.Rsa.RawDataMemory));
            Assert.Equal(Now.AddDays(1), list.NextUpdate);
            AcmeRevocationReason? expected = distinct.Where(entry => entry.Item1 == asked).Select(entry => (AcmeRevocationReason?)(entry.Item2 is { } code && Enum.IsDefined((AcmeRevocationReason)code) ? (AcmeRevocationReason)code : AcmeRevocationReason.Unspecified)).FirstOrDefault();
            Assert.Equal(expected, list.Find([asked]));
        },
        iter: Math.Min(FuzzCases.Count, 2000),
        threads: 1);

    [Fact]
    public void Lists_signed_with_RSA_count_as_well()
    {
        var list = RevocationList.Read(RsaList);

        Assert.True(list.IsSignedBy(Issuers.Rsa.RawDataMemory));
        Assert.Equal(AcmeRevocationReason.Unspecified, list.Find([0x01]));
        Assert.Equal(AcmeRevocationReason.Superseded, RevocationList.Read(List).Find([0x00, 0x80]));
    }

    [Fact]
    public void Any_certificate_names_a_list_or_none() => Gen.OneOf(
        Mutation.Of(Leaf, LeafOfMany),
        Near(Leaf, [0x55, 0x1D, 0x1F], [0x86, 0x18]),
        Near(LeafOfMany, [0x55, 0x1D, 0x1F], [0x86]),
        Gen.Byte.Array[0, 40]).Sample(
        der =>
        {
            if (Allocation.Within(BytesPerByte, Constant, der.Length, () => RevocationPoint.Of(der, default)) is not { } point) return;

            Assert.True(point.Place.Url.Scheme is "http" or "https" && point.Place.Url.UserInfo.Length == 0);
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    [Fact]
    public void The_first_list_that_can_be_fetched_is_the_one()
    {
        Assert.Equal("http://crl.ca.test/1.crl", RevocationPoint.Of(Leaf, default)!.Place.Url.AbsoluteUri);
        Assert.Equal("https://crl.ca.test/2.crl", RevocationPoint.Of(LeafOfMany, default)!.Place.Url.AbsoluteUri);
        Assert.Equal([0x00, 0x80], RevocationPoint.Of(Leaf, default)!.Serial.ToArray());
        Assert.Null(RevocationPoint.Of(Issuers.Certificate.RawDataMemory, default));
    }

    private static byte[] Sign(X509Certificate2 issuer, IReadOnlyList<(byte[] Serial, int? Reason)> entries)
    {
        var list = new CertificateRevocationListBuilder();
        foreach (var (serial, reason) in entries) list.AddEntry(serial, Now, reason is null or 0 ? null : (X509RevocationReason)reason);
        return list.Build(issuer, BigInteger.One, Now.AddDays(1), HashAlgorithmName.SHA256, issuer.GetRSAPublicKey() is null ? null : RSASignaturePadding.Pkcs1, Now);
    }

    private static byte[] MakeLeaf(params string[] urls)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(urls));
        using var leaf = request.Create(Issuers.Certificate, Now, Now.AddDays(90), [0x00, 0x80]);
        return leaf.RawData;
    }

    private static (X509Certificate2, X509Certificate2) MakeIssuers()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        return (Issuer(new CertificateRequest("CN=Test issuer", ec, HashAlgorithmName.SHA256)), Issuer(new CertificateRequest("CN=RSA issuer", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
    }

    private static X509Certificate2 Issuer(CertificateRequest request)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(10));
    }

    /// <summary>Changes at the places that the reading depends on.</summary>
    private static Gen<byte[]> Near(byte[] der, params byte[][] landmarks)
    {
        var places = landmarks.Select(landmark => der.AsSpan().IndexOf(landmark)).Where(at => at >= 0).ToArray();
        return Gen.Select(Gen.Select(Gen.OneOf(places), Gen.Int[0, 30], Gen.Byte).Array[1, 3], changes =>
        {
            var changed = der.ToArray();
            foreach (var (place, offset, value) in changes) changed[Math.Min(place + offset, changed.Length - 1)] = value;
            return changed;
        });
    }
}
