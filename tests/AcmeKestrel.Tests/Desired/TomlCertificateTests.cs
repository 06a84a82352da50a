using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;

namespace AcmeKestrel.Tests.Desired;

/// <summary>The settings of one certificate, by a file <c>desired/shop.test.toml</c>.</summary>
public sealed class TomlCertificateTests
{
    [Fact]
    public void Every_harmless_setting_of_a_certificate_is_read()
    {
        var said = Parse("""
            provider = "zerossl"
            fallback_providers = ["letsencrypt"]
            account = "admin@example.com"
            domains = ["shop.test", "www.shop.test"]
            key_type = "rsa3072"
            reuse_key = true
            profile = "shortlived"
            require_profile = true
            preferred_chain = "ISRG Root X1"
            challenges = ["http-01"]
            include_bare_domain = false
            """);

        var expected = new DesiredCertificate(["shop.test", "www.shop.test"], "desired/shop.test.toml")
        {
            Label = "shop.test",
            Provider = "zerossl",
            FallbackProviders = ["letsencrypt"],
            Email = "admin@example.com",
            KeyType = AcmeKeyType.Rsa3072,
            ReuseKey = true,
            Profile = "shortlived",
            RequireProfile = true,
            PreferredChain = "ISRG Root X1",
            Challenges = ["http-01"],
            IncludeBareDomain = false,
        };
        Assert.Empty(said.Problems);
        Assert.True(expected.IsSameAs(Assert.Single(said.Certificates)), said.Certificates[0].ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF# all of it is the default\r\n")]
    [InlineData("Names = 'SHOP.test'")]
    public void Without_domains_it_is_for_its_own_name(string text)
    {
        var certificate = Assert.Single(Parse(text).Certificates);

        Assert.Equal(("shop.test", "shop.test"), (certificate.Label, Assert.Single(certificate.Names)));
    }

    [Theory]
    [InlineData("KeyType = 'P384'")]
    [InlineData("key-type = \"p384\"")]
    [InlineData("keytype = \"\"\"P384\"\"\"")]
    public void A_setting_may_be_spelled_as_in_the_configuration(string text) => Assert.Equal(AcmeKeyType.P384, Assert.Single(Parse(text).Certificates).KeyType);

    [Theory]
    [InlineData("\nkey_typ = 'P384'", "2: 'key_typ' is no known key; known are provider, account, domains, fallback_providers, key_type, reuse_key, dns, profile, require_profile, preferred_chain, challenges, include_bare_domain.")]
    [InlineData("a.b = 1", "1: 'a.b' is no known key")]
    [InlineData("provider = 5", "1: 'provider' is a text in quotes, not a number.")]
    [InlineData("profile = 2026-11-28", "1: 'profile' is a text in quotes, not a date.")]
    [InlineData("reuse_key = 'true'", "1: 'reuse_key' is true or false, without quotes, not a text.")]
    [InlineData("domains = true", "1: 'domains' is a list of texts in quotes, not true.")]
    [InlineData("domains = [\n'a.test',\n[ 'b.test' ],\n]", "3: 'domains' is a list of texts in quotes, not a list.")]
    [InlineData("domains = [\n'a.test',\n'b_b.test',\n]", "3: 'b_b.test' has an underscore")]
    [InlineData("domains = { a = 1 }", "1: 'domains' is a list of texts in quotes, not a table.")]
    [InlineData("domains = []", "1: 'domains' is empty")]
    [InlineData("challenges = []", "1: 'challenges' is empty")]
    [InlineData("provider = ' '", "1: 'provider' is empty")]
    [InlineData("profile = \"a\\u0007b\"", "1: 'profile' has a control character in it.")]
    [InlineData("account = 'nobody'", "1: 'nobody' is no mail address.")]
    [InlineData("key_type = 'P521'", "1: 'P521' is none of P256, P384, Rsa2048, Rsa3072, Rsa4096.")]
    [InlineData("account = 'a@example.com'\nEmail = 'b@example.com'", "2: 'Email' is said by 'account' in line 1 already.")]
    [InlineData("provider = letsencrypt", "1: is no TOML: ")]
    [InlineData("[shop.test]\nprovider = 'x'", "1: A file in desired/ is one certificate")]
    public void What_is_wrong_is_told_with_its_key_its_line_and_what_is_expected(string text, string problem)
    {
        var said = Parse(text);

        Assert.Empty(said.Certificates);
        Assert.StartsWith($"desired/shop.test.toml:{problem}", $"{Assert.Single(said.Problems).Origin}: {said.Problems[0].Message}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hook = '/bin/true'", "Acme:Hooks")]
    [InlineData("Command = ['a']", "Acme:Hooks")]
    [InlineData("path = '/etc/ssl/x.pem'", "Acme:Exports")]
    [InlineData("exports = []", "Acme:Exports")]
    [InlineData("owner = 'root'", "Acme:KeyGroup")]
    [InlineData("key_group = 'ssl-cert'", "Acme:KeyGroup")]
    [InlineData("mode = 0o644", "Acme:KeyGroup")]
    [InlineData("eab_hmac_key = 'x'", "Acme:Providers")]
    public void Programs_paths_owners_and_modes_are_refused_and_sent_where_they_belong(string text, string place)
    {
        var problem = Assert.Single(Parse(text).Problems);

        Assert.Equal("desired/shop.test.toml:1", problem.Origin);
        Assert.Contains("is never read from a file of the state directory", problem.Message);
        Assert.Contains(place, problem.Message);
    }

    private static DesiredCertificates Parse(string text) => new DesiredFile().Parse("shop.test.toml", Encoding.UTF8.GetBytes(text), askedAt: null);
}
