using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

public sealed class IssuedCertificateCheckTests
{
    [Theory]
    [InlineData(AcmeKeyType.P256)]
    [InlineData(AcmeKeyType.P384)]
    [InlineData(AcmeKeyType.Rsa2048)]
    public void A_right_certificate_has_no_fault(AcmeKeyType type)
    {
        var (chain, key) = TestChain.Create(type, "b.test", "a.test", "2001:db8::1");

        Assert.Null(IssuedCertificateCheck.FindFault(chain, key, Names("2001:db8::1", "a.test", "b.test")));
    }

    [Fact]
    public void A_certificate_for_another_key_is_a_fault()
    {
        var (chain, _) = TestChain.Create(AcmeKeyType.P256, "a.test");

        Assert.Contains("another key", IssuedCertificateCheck.FindFault(chain, CertificateKey.Create(AcmeKeyType.P256), Names("a.test")));
        Assert.Contains("another key", IssuedCertificateCheck.FindFault(chain, [1, 2, 3], Names("a.test")));
    }

    [Fact]
    public void A_missing_name_is_a_fault_that_names_it()
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "a.test");

        Assert.Contains("lacks b.test", IssuedCertificateCheck.FindFault(chain, key, Names("a.test", "b.test")));
        Assert.Contains("lacks *.a.test", IssuedCertificateCheck.FindFault(chain, key, Names("*.a.test")));
    }

    /// <summary>Some CAs give <c>www</c> along unasked. It is another thing than ordered, and good for what was ordered; the next one would be the same.</summary>
    [Fact]
    public void A_name_that_was_not_asked_for_is_no_fault()
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "a.test", "www.a.test");

        Assert.Null(IssuedCertificateCheck.FindFault(chain, key, Names("a.test")));
    }

    [Fact]
    public void A_gap_in_the_chain_is_a_fault()
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "a.test");
        var broken = chain with { Intermediates = [TestChain.Create(AcmeKeyType.P256, "x.test").Chain.Leaf, .. chain.Intermediates] };

        Assert.Contains("gap", IssuedCertificateCheck.FindFault(broken, key, Names("a.test")));
    }

    [Theory]
    [InlineData("evil\r\n\u001b[31mfatal: a forged line", 1)]
    [InlineData("long", 1000)]
    public void A_name_in_the_chain_cannot_forge_a_line_of_a_log_nor_flood_it(string organisation, int times)
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "a.test");
        var name = new X500DistinguishedNameBuilder();
        for (var i = 0; i < times; i++) name.AddOrganizationName(organisation);
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = new CertificateRequest(name.Build(), otherKey, HashAlgorithmName.SHA256).CreateSelfSigned(TestChain.From, TestChain.To);

        var fault = IssuedCertificateCheck.FindFault(chain with { Intermediates = [other.RawData] }, key, Names("a.test"))!;

        Assert.Contains("gap", fault);
        Assert.DoesNotContain(fault, char.IsControl);
        Assert.InRange(fault.Length, 0, 600);
    }

    [Fact]
    public void Dates_warn_and_are_never_a_fault()
    {
        var (chain, key) = TestChain.Create(AcmeKeyType.P256, "a.test");

        Assert.Contains("clock", IssuedCertificateCheck.DateWarning(chain, TestChain.From.AddSeconds(-1)));
        Assert.Null(IssuedCertificateCheck.DateWarning(chain, TestChain.From));
        Assert.Null(IssuedCertificateCheck.DateWarning(chain, TestChain.To));
        Assert.Contains("expired", IssuedCertificateCheck.DateWarning(chain, TestChain.To.AddSeconds(1)));
        Assert.Null(IssuedCertificateCheck.FindFault(chain, key, Names("a.test")));
    }

    private static AcmeIdentifier[] Names(params string[] names) => [.. names.Select(AcmeIdentifier.Parse)];
}
