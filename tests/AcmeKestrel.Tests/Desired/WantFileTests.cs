using System.Text;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;

namespace AcmeKestrel.Tests.Desired;

public sealed class WantFileTests
{
    [Fact]
    public void A_section_is_a_certificate_and_its_header_is_its_name()
    {
        var said = Parse("""
            [example.com]
            provider = "zerossl"
            account = "admin@example.com"
            domains = [
              "example.com", # the shop
              "WWW.example.com",
            ]

            ["blog.example.com"]
            [ wiki . "example.com" ]
            ["*.example.net"]
            [intranet]
            domains = "a.example.org, b.example.org"
            ["2001:DB8::1"]
            [192.0.2.1]
            """);

        Assert.Empty(said.Problems);
        Assert.Equal(
            ["example.com: example.com www.example.com", "blog.example.com: blog.example.com", "wiki.example.com: wiki.example.com", "*.example.net: *.example.net", "intranet: a.example.org b.example.org", "2001:db8::1: 2001:db8::1", "192.0.2.1: 192.0.2.1"],
            said.Certificates.Select(wished => $"{wished.Label}: {string.Join(' ', wished.Names)}"));
        Assert.Equal(("zerossl", "admin@example.com", "want/sites.toml [example.com]"), (said.Certificates[0].Provider, said.Certificates[0].Email, said.Certificates[0].Origin));
    }

    [Theory]
    [InlineData("[a.test]\nprovider = \n[b.test]", "2: is no TOML: Unexpected token end-of-line found while expecting a value.")]
    [InlineData("[a.test]\nprovider = \"x\n[b.test]\nprofile = \"x\"", "2: is no TOML: Invalid newline in a string.")]
    [InlineData("[a.test]\ndomains = [ \"x\",\n[b.test]\nprofile = \"x\"", "2: is no TOML")]
    [InlineData("[a.test\nprovider = \"x\"\n[b.test]", "1: is no TOML")]
    [InlineData("[*.a.test]\nprovider = \"x\"\n[b.test]", "1: is no TOML")]
    [InlineData("[a.test] junk\n[b.test]", "1: is no TOML")]
    [InlineData("provider = \"x\"\n[b.test]", "1: 'provider' stands before the first section")]
    [InlineData("[[a.test]]\n[b.test]", "1: [[a.test]] is a list in TOML")]
    [InlineData("[\"\"]\n[b.test]", "1: '' is empty.")]
    [InlineData("[b.test]\n\n[B.test]\nprofile = \"x\"", "3: The section [b.test] stands in want/sites.toml:1 already")]
    [InlineData("[a_b.test]\n[b.test]", "1: Without 'domains' it is for its own name, but 'a_b.test' has an underscore")]
    public void A_broken_section_holds_no_other_one_and_is_told_with_its_line(string text, string problem)
    {
        var said = Parse(text);

        Assert.Equal("b.test", Assert.Single(said.Certificates).Label);
        Assert.StartsWith($"want/sites.toml:{problem}", $"{Assert.Single(said.Problems).Origin}: {said.Problems[0].Message}", StringComparison.Ordinal);
    }

    private static DesiredCertificates Parse(string text, string fileName = "sites.toml") => new WantFile().Parse(fileName, Encoding.UTF8.GetBytes(text), askedAt: null);
}
