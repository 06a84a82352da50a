using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

public sealed class CertificateChainTests
{
    private static readonly string Pem = TestChain.CreatePem(CertificateKey.Create(AcmeKeyType.P256), "a.test", "*.b.test", "192.0.2.7", "2001:db8::7");

    [Fact]
    public void The_leafs_facts_are_read_out()
    {
        var chain = Parse(Pem);

        Assert.Equal(["a.test", "*.b.test", "192.0.2.7", "2001:db8::7"], chain.Identifiers.Select(name => name.Value));
        Assert.Equal([AcmeIdentifierType.Dns, AcmeIdentifierType.Dns, AcmeIdentifierType.Ip, AcmeIdentifierType.Ip], chain.Identifiers.Select(name => name.Type));
        Assert.Equal((KeyFamily.P256, TestChain.From, TestChain.To), (chain.KeyFamily, chain.NotBefore, chain.NotAfter));
        Assert.Equal(TimeSpan.FromDays(90), chain.Lifetime);
        Assert.Single(chain.Intermediates);
    }

    [Fact]
    public void An_RSA_leaf_is_of_the_RSA_family() => Assert.Equal(KeyFamily.Rsa, TestChain.Create(AcmeKeyType.Rsa2048, "a.test").Chain.KeyFamily);

    [Theory]
    [InlineData("\r\n", "", "")]
    [InlineData("\n", "subject=CN = a.test\nissuer=somebody\n", "")]
    [InlineData("\n", "", "trailing words without a newline")]
    public void Line_ends_and_text_between_blocks_do_not_matter(string newline, string between, string after)
    {
        var text = between + Pem.Replace("-----BEGIN", between + "-----BEGIN", StringComparison.Ordinal).ReplaceLineEndings(newline) + after;

        Assert.Equal(Pem, Parse(text).ToFullChainPem());
    }

    [Fact]
    public void A_missing_last_newline_does_not_matter() => Assert.Equal(Pem, Parse(Pem.TrimEnd()).ToFullChainPem());

    [Fact]
    public void The_whole_is_the_leaf_and_the_rest()
    {
        var chain = Parse(Pem);

        Assert.Equal(Pem, chain.ToFullChainPem());
        Assert.Equal(Pem, chain.ToLeafPem() + chain.ToIntermediatesPem());
        Assert.Equal("", Parse(chain.ToLeafPem()).ToIntermediatesPem());
    }

    [Fact]
    public void A_chain_with_a_hole_never_passes_for_a_shorter_one()
    {
        var intermediate = Pem.LastIndexOf("-----BEGIN", StringComparison.Ordinal);

        Assert.Throws<FormatException>(() => Parse(Pem.Insert(intermediate + 40, "!")));
        Assert.Throws<FormatException>(() => Parse(Pem[..(intermediate + 100)]));
        Assert.Throws<FormatException>(() => Parse(Pem.Insert(intermediate, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")));
    }

    [Fact]
    public void A_private_key_among_the_certificates_is_refused() =>
        Assert.Throws<FormatException>(() => Parse(Pem + CertificateKey.ToPem(CertificateKey.Create(AcmeKeyType.P256))));

    [Fact]
    public void Sizes_are_capped_before_anything_is_decoded()
    {
        Assert.Contains("more than 262144", Assert.Throws<FormatException>(() => Parse(new string('\n', 256 * 1024) + Pem)).Message);
        Assert.Contains("more than 16", Assert.Throws<FormatException>(() => Parse(string.Concat(Enumerable.Repeat(Pem, 9)))).Message);
        Assert.Throws<FormatException>(() => Parse(""));
    }

    private static CertificateChain Parse(string pem) => CertificateChain.ParsePem(Encoding.ASCII.GetBytes(pem));
}
