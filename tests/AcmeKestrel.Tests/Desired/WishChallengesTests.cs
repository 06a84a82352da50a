using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Configuration;

namespace AcmeKestrel.Tests.Desired;

public sealed class WishChallengesTests
{
    /// <summary>Of the names those below helped.test have a DNS provider.</summary>
    [Theory]
    [InlineData("a.test", null, "tls-alpn-01 http-01")]
    [InlineData("a.helped.test", null, "tls-alpn-01 http-01 dns-01")]
    [InlineData("helped.test *.helped.test", null, "dns-01 tls-alpn-01 http-01")]
    [InlineData("a.test *.helped.test", null, "tls-alpn-01 http-01 dns-01")]
    [InlineData("192.0.2.1", null, "tls-alpn-01 http-01")]
    [InlineData("192.0.2.1 a.helped.test", null, "tls-alpn-01 http-01 dns-01")]
    [InlineData("*.helped.test", "dns-01", "dns-01")]
    [InlineData("a.test *.a.test", "dns-persist-01", "dns-persist-01")]
    [InlineData("a.test *.a.test", "http-01 dns-persist-01", "http-01 dns-persist-01")]
    [InlineData("a.helped.test", "http-01", "http-01")]
    [InlineData("*.helped.test", "DNS-01 Http-01 http-01", "dns-01 http-01")]
    [InlineData("*.a.test", null, "'*.a.test' is a wildcard, which only a DNS record can prove, and has no DNS provider: set Acme:Dns:Default, or Acme:Dns:Zones:a.test.")]
    [InlineData("*.helped.test", "http-01", "'*.helped.test' is a wildcard, which only a DNS record can prove: Challenges (http-01) leaves dns-01 out.")]
    [InlineData("a.test", "http-01 dns-01", "'a.test' has no DNS provider for dns-01: set Acme:Dns:Default, or Acme:Dns:Zones:a.test.")]
    [InlineData("*.a.test", "dns-account-01 dns-persist-01", "'*.a.test' has no DNS provider for dns-account-01: set Acme:Dns:Default, or Acme:Dns:Zones:a.test.")]
    [InlineData("a.test", "dns-02", "'dns-02' is no known challenge type; known are tls-alpn-01, http-01, dns-01, dns-account-01, dns-persist-01.")]
    public void The_types_suit_the_names_or_the_reason_is_told(string names, string? challenges, string expected)
    {
        var settings = TestConfiguration.Read() with { Dns = new DnsSettings { Zones = [("helped.test", "corp")] } };
        var told = new List<string>();
        var wording = new DesiredCertificate(names.Split(' '), "from") { Challenges = challenges?.Split(' ') };

        var chosen = WishChallenges.Choose(wording, [.. wording.Names.Select(AcmeIdentifier.Parse)], settings, (_, sentence) => told.Add(sentence));

        Assert.Equal(expected, told.Count == 0 ? string.Join(' ', chosen) : Assert.Single(told));
    }
}
