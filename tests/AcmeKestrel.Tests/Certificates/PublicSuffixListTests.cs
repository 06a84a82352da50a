using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Certificates;

public sealed class PublicSuffixListTests
{
    // From the list's own vectors (tests/test_psl.txt, dedicated to the public domain).
    [Theory]
    [InlineData("com", null)]
    [InlineData("example.com", "example.com")]
    [InlineData("a.b.example.com", "example.com")]
    [InlineData("example", null)]
    [InlineData("b.example.example", "example.example")]
    [InlineData("uk.com", null)]
    [InlineData("a.b.example.uk.com", "example.uk.com")]
    [InlineData("test.ac", "test.ac")]
    [InlineData("mm", null)]
    [InlineData("c.mm", null)]
    [InlineData("b.c.mm", "b.c.mm")]
    [InlineData("a.b.c.mm", "b.c.mm")]
    [InlineData("kyoto.jp", null)]
    [InlineData("test.kyoto.jp", "test.kyoto.jp")]
    [InlineData("ide.kyoto.jp", null)]
    [InlineData("a.b.ide.kyoto.jp", "b.ide.kyoto.jp")]
    [InlineData("c.kobe.jp", null)]
    [InlineData("a.b.c.kobe.jp", "b.c.kobe.jp")]
    [InlineData("city.kobe.jp", "city.kobe.jp")]
    [InlineData("www.city.kobe.jp", "city.kobe.jp")]
    [InlineData("ck", null)]
    [InlineData("test.ck", null)]
    [InlineData("b.test.ck", "b.test.ck")]
    [InlineData("www.www.ck", "www.ck")]
    [InlineData("k12.ak.us", null)]
    [InlineData("www.test.k12.ak.us", "test.k12.ak.us")]
    [InlineData("xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn")]
    [InlineData("xn--55qx5d.cn", null)]
    [InlineData("github.io", null)]
    [InlineData("me.github.io", "me.github.io")]
    public void The_registered_domain_is_one_label_below_the_public_suffix(string host, string? registered)
    {
        Assert.Equal(registered, PublicSuffixList.Embedded.RegisteredDomain(host));
        Assert.Equal(registered is null, PublicSuffixList.Embedded.IsPublicSuffix(host));
    }

    [Theory]
    [InlineData("*.a.example.co.uk", "example.co.uk")]
    [InlineData("*.github.io", "github.io")]
    [InlineData("com", "com")]
    [InlineData("192.0.2.9", "192.0.2.9")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    public void Limits_are_counted_by_domain_or_address_block(string identifier, string counted) =>
        Assert.Equal(counted, PublicSuffixList.Embedded.RegisteredDomain(AcmeIdentifier.Parse(identifier)));

    [Fact]
    public void Comments_and_what_follows_a_rule_are_passed_over()
    {
        var list = PublicSuffixList.Parse(new StringReader("// co.test\n\nco.test  a note\n*.wild.test\n!not.wild.test\n"));

        Assert.Equal(["a.co.test", "b.a.wild.test", "not.wild.test"], new[] { "x.a.co.test", "b.a.wild.test", "x.not.wild.test" }.Select(list.RegisteredDomain));
    }
}
