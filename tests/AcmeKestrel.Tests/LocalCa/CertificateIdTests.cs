using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa.Rules;
using CsCheck;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class CertificateIdTests
{
    [Fact]
    public void The_example_of_RFC_9773_comes_out()
    {
        var id = CertificateId.Of(Convert.FromHexString("69885B6B87464041E1B37B847BA0AE2CDE01C8D4"), Convert.FromHexString("0087654321"));

        Assert.Equal("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE", id.Text);
        Assert.Equal("0087654321", Convert.ToHexString(CertificateId.Parse(id.Text).Serial));
        Assert.Equal("69885B6B87464041E1B37B847BA0AE2CDE01C8D4", Convert.ToHexString(CertificateId.Parse(id.Text).KeyIdentifier));
    }

    [Fact]
    public void Every_key_identifier_and_positive_number_survives_both_ways()
    {
        // Few values for each octet, so that zeros and first bits come often.
        var octet = Gen.OneOf<byte>(0, 1, 0x7F, 0x80, 0xFF, 0x87);
        Gen.Select(Gen.Byte.Array[1, 32], octet.Array[1, 20]).Where((_, number) => number.Any(b => b != 0)).Sample((key, number) =>
        {
            var serial = DerContent(number);
            var id = CertificateId.Of(key, serial);
            var parsed = CertificateId.Parse(id.Text);
            return parsed == id && parsed.KeyIdentifier.AsSpan().SequenceEqual(key) && parsed.Serial.AsSpan().SequenceEqual(serial);
        });
    }

    [Fact]
    public void An_issued_certificate_is_named_with_the_octets_of_its_own_DER()
    {
        var octet = Gen.OneOf<byte>(0, 1, 0x7F, 0x80, 0xFF, 0x87);
        var desks = new Desks();
        var account = desks.NewAccount();
        var order = 0;
        octet.Array[1, 20].Where(number => number.Any(b => b != 0)).Sample(
            number =>
            {
                desks.Options.Serials = () => number;
                var issued = desks.Issue(account, [$"n{order++}.test"]);
                using var certificate = X509CertificateLoader.LoadCertificate(issued.Der);
                Assert.Equal(DerContent(number), certificate.SerialNumberBytes.ToArray());
                Assert.Equal(CertificateId.Parse(TestCaOverHttp.RenewalId(certificate)), issued.RenewalId);
                Assert.Equal(issued, desks.Certificates.Find(issued.RenewalId));
                desks.State.Certificates.Clear();
            },
            iter: 30,
            threads: 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.")]
    [InlineData(".AIdlQyE")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE.")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE=")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyF")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AId QyE")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByN/.AIdlQyE")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.h2VDIQ")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.ABI")]
    [InlineData("aYhba4dGQEHhs3uEe6CuLN4ByNQ.AA")]
    public void Another_spelling_is_malformed(string text) => Assert.Equal(("malformed", 400), Desks.Refused(() => CertificateId.Parse(text)));

    [Fact]
    public void Anything_is_parsed_or_refused() => Gen.String["AQgh-_.=+/ "].Sample(text =>
    {
        try
        {
            return CertificateId.Parse(text).Text == text;
        }
        catch (RefusalException)
        {
            return true;
        }
    });

    /// <summary>X.690 section 8.3: as few octets as possible, the first bit clear.</summary>
    private static byte[] DerContent(byte[] number)
    {
        var digits = number.SkipWhile(b => b == 0).ToArray();
        return digits[0] < 0x80 ? digits : [0, .. digits];
    }
}
