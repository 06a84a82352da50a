using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Certificates;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the chain a CA sends: PEM and the DER in it.</summary>
public sealed class CertificateFuzzTests
{
    private const int BytesPerByte = 64;
    private const int Constant = 256 * 1024;

    private static readonly byte[] Key = CertificateKey.Create(AcmeKeyType.P256);
    private static readonly string Chain = TestChain.CreatePem(Key, "a.test", "*.b.test", "192.0.2.7", "2001:db8::7");
    private static readonly string RsaChain = TestChain.CreatePem(CertificateKey.Create(AcmeKeyType.Rsa2048), "a.test");

    /// <summary>A leaf whose authority key identifier and serial number RFC 9773 makes an id of.</summary>
    private static readonly byte[] Replaceable = CreateReplaceable();

    private static readonly Gen<byte[]> Ders = Gen.OneOf(
        Mutation.Of(Der(Chain, 0), Der(Chain, 1), Der(RsaChain, 0), Replaceable),
        TargetedChanges(Der(Chain, 0)),
        TargetedChanges(Replaceable),
        Gen.Byte.Array[0, 40]);

    [Fact]
    public void Any_text_is_a_chain_or_a_format_exception() => Gen.OneOf(
        Mutation.Of(Encoding.ASCII.GetBytes(Chain), Encoding.ASCII.GetBytes(Chain.ReplaceLineEndings("\r\n")), Encoding.ASCII.GetBytes("subject=CN = a.test\n" + RsaChain)),
        Gen.OneOf("-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n", "AAAA", "MAA=\n", "\0", "-----", "\u00e4", "\n").Array[0, 20].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts))),
        Gen.Byte.Array[0, 100]).Sample(AssertReadOrRefused, iter: FuzzCases.Count, threads: 1, print: Encoding.Latin1.GetString);

    [Fact]
    public void Any_DER_in_a_chain_is_a_certificate_or_a_format_exception() => Gen.Select(Ders, Ders, Gen.Int[0, 15]).Select((first, second, kind) => Encoding.ASCII.GetBytes(kind switch
    {
        0 => Pem(first) + Pem(Der(Chain, 1)),
        1 => Chain + Pem(first),
        2 => Pem(first) + Pem(second),
        _ => Pem(first),
    })).Sample(AssertReadOrRefused, iter: FuzzCases.Count, threads: 1, print: Encoding.Latin1.GetString);

    [Fact]
    public void Any_certificate_has_a_renewal_info_id_or_none() => Ders.Sample(
        der =>
        {
            string? id;
            try
            {
                id = Allocation.Within(BytesPerByte, Constant, der.Length, () => AcmeRenewalInfo.IdOf(der));
            }
            catch (CryptographicException)
            {
                AssertNoCertificate(der);
                return;
            }

            if (id is not null) Assert.True(id.Count(c => c == '.') == 1 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), id);
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    private static void AssertReadOrRefused(byte[] pem)
    {
        CertificateChain chain;
        try
        {
            chain = Allocation.Within(BytesPerByte, Constant, pem.Length, () => CertificateChain.ParsePem(pem));
        }
        catch (FormatException refused)
        {
            Assert.DoesNotContain(refused.Message, char.IsControl);
            return;
        }

        var fault = Allocation.Within(BytesPerByte, Constant, pem.Length, () => IssuedCertificateCheck.FindFault(chain, Key, [AcmeIdentifier.Parse("a.test")]));
        Assert.DoesNotContain(fault ?? "", char.IsControl);
        if (fault is null) Assert.Contains("a.test", chain.Identifiers.Select(name => name.Value));
        IssuedCertificateCheck.DateWarning(chain, TestChain.From);
        Allocation.Within(BytesPerByte, Constant, pem.Length, () => ChainIssuer.IsTopmost(chain, "Test issuer"));

        var written = chain.ToFullChainPem().AsSpan();
        foreach (var der in chain.Intermediates.Prepend(chain.Leaf))
        {
            var block = PemEncoding.Find(written);
            Assert.True(Convert.FromBase64String(written[block.Base64Data].ToString()).AsSpan().SequenceEqual(der.Span));
            written = written[block.Location.End..];
        }
    }

    private static void AssertNoCertificate(byte[] der)
    {
        try
        {
            X509CertificateLoader.LoadCertificate(der).Dispose();
        }
        catch (CryptographicException)
        {
            return;
        }

        Assert.Fail("It is a certificate, so it has an id or none.");
    }

    /// <summary>Changes where the leaf's facts are: validity, names, key identifiers, the public key's kind.</summary>
    private static Gen<byte[]> TargetedChanges(byte[] der)
    {
        byte[][] landmarks = [[0x55, 0x1D, 0x11], [0x55, 0x1D, 0x23], [0x17, 0x0D], [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01], [0x55, 0x04, 0x03], [0xA0, 0x03, 0x02, 0x01, 0x02]];
        var places = landmarks.Select(landmark => der.AsSpan().IndexOf(landmark)).Where(at => at >= 0).ToArray();
        return Gen.Select(Gen.Select(Gen.OneOf(places), Gen.Int[0, 40], Gen.Byte).Array[1, 3], changes =>
        {
            var changed = der.ToArray();
            foreach (var (place, offset, value) in changes) changed[Math.Min(place + offset, changed.Length - 1)] = value;
            return changed;
        });
    }

    private static string Pem(byte[] der) => PemEncoding.WriteString("CERTIFICATE", der) + "\n";

    private static byte[] Der(string pem, int index)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(pem);
        return certificates[index].RawData;
    }

    private static byte[] CreateReplaceable()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier([1, 2, 3, 4]));
        using var certificate = request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), TestChain.From, TestChain.To, [0x7F, 1]);
        return certificate.RawData;
    }
}
