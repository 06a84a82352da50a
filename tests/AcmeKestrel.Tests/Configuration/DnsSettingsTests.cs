using System.Net;
using AcmeKestrel.Configuration;
using AcmeKestrel.Tests.Zones;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

/// <summary><c>Acme:Dns</c>.</summary>
public sealed class DnsSettingsTests
{
    [Fact]
    public void Everything_that_is_said_is_read()
    {
        var dns = Read(
            ("Acme:Dns:Default", "Corp"),
            ("Acme:Dns:Providers:corp:Type", "Fake"), ("Acme:Dns:Providers:corp:Server", "127.0.0.1:5300"), ("Acme:Dns:Providers:corp:Key", "secret"),
            ("Acme:Dns:Zones:Example.com", "code"), ("Acme:Dns:Zones:eu.example.com.", "corp"),
            ("Acme:Dns:Aliases:shop.example.com", "Shop.proofs.example.net."),
            ("Acme:Dns:Resolvers:0", "127.0.0.1"), ("Acme:Dns:Resolvers:1", "[::1]:5353"),
            ("Acme:Dns:Propagation:Check", "false"), ("Acme:Dns:Propagation:Timeout", "00:10:00"), ("Acme:Dns:Propagation:Delay", "00:00:30"),
            ("Acme:Certificates:x.test:Dns", "code")).Monitor.Current;

        Assert.Equal("code", Assert.Single(dns.Certificates).Dns);
        Assert.Equal(("corp", false, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30)), (dns.Dns.Default, dns.Dns.ChecksPropagation, dns.Dns.PatienceWith(isByHand: true), dns.Dns.Delay));
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53), new IPEndPoint(IPAddress.IPv6Loopback, 5353)], dns.Dns.Resolvers);
        Assert.Equal("shop.proofs.example.net", dns.Dns.Aliases["shop.example.com"]);
    }

    [Theory]
    [InlineData("shop.example.com", null, "code")]
    [InlineData("example.com", null, "code")]
    [InlineData("shop.eu.example.com", null, "corp")]
    [InlineData("notexample.com", null, "corp")]
    [InlineData("shop.example.com", "corp", "corp")]
    public void The_longest_zone_says_who_writes_a_record_unless_the_certificate_does(string name, string? named, string provider)
    {
        var dns = Read(
            ("Acme:Dns:Default", "corp"), ("Acme:Dns:Providers:corp:Type", "fake"), ("Acme:Dns:Providers:corp:Server", "x"), ("Acme:Dns:Providers:corp:Key", "secret"),
            ("Acme:Dns:Zones:example.com", "code"), ("Acme:Dns:Zones:eu.example.com", "corp")).Monitor.Current.Dns;

        Assert.Equal(provider, dns.ProviderOf(name, named));
    }

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once_under_its_key_and_no_secret_with_it()
    {
        var problems = Assert.Throws<AcmeConfigurationException>(() => Read(
            ("Acme:Dns:Default", "nobody"),
            ("Acme:Dns:Providers:code:Type", "fake"), ("Acme:Dns:Providers:code:Server", "x"), ("Acme:Dns:Providers:code:Key", "hidden"),
            ("Acme:Dns:Providers:corp:Type", "fake"), ("Acme:Dns:Providers:corp:KeyFile", "/run/key"), ("Acme:Dns:Providers:corp:Key", "hidden"), ("Acme:Dns:Providers:corp:Sever", "x"),
            ("Acme:Dns:Providers:none:Server", "x"),
            ("Acme:Dns:Providers:odd:Type", "odd"),
            ("Acme:Dns:Zones:*.example.com", "code"),
            ("Acme:Dns:Aliases:shop.example.com", "a b"),
            ("Acme:Dns:Resolvers:0", "dns.example.com"),
            ("Acme:Dns:Propagation:Timeout", "2.00:00:00"),
            ("Acme:Dns:Propagations", "x"),
            ("Acme:Certificates:x.test:Dns", "who")).Monitor.Current).Failures;

        Assert.Equal(
            [
                "Acme:Certificates:x.test:Dns: 'who' is no name of a DNS provider; known are code, corp, none, odd (Acme:Dns:Providers).",
                "Acme:Dns:Aliases:shop.example.com: 'a b' is no name of a DNS record.",
                "Acme:Dns:Default: 'nobody' is no name of a DNS provider; known are code, corp, none, odd (Acme:Dns:Providers).",
                "Acme:Dns:Propagation:Timeout: '2.00:00:00' is no duration of at most 1.00:00:00, as 00:05:00 for five minutes.",
                "Acme:Dns:Propagations: is no known key; known here are Default, Providers, Zones, Aliases, Resolvers, Propagation.",
                "Acme:Dns:Providers:code: has the name of a provider that the application's code adds.",
                "Acme:Dns:Providers:corp:Key: and KeyFile are both set: one is enough.",
                "Acme:Dns:Providers:corp:Server: is missing.",
                "Acme:Dns:Providers:corp:Sever: is no known key; known here are Type, Server, Key, KeyFile.",
                "Acme:Dns:Providers:none:Type: is missing; known are fake, hand.",
                "Acme:Dns:Providers:odd:Type: 'odd' is no type of DNS providers; known are fake, hand.",
                "Acme:Dns:Resolvers:0: 'dns.example.com' is no address and no address:port.",
                "Acme:Dns:Zones:*.example.com: is no name of a domain.",
            ],
            problems.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(problems, problem => problem.Contains("hidden", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, false, 5)]
    [InlineData(null, true, 60)]
    [InlineData("00:10:00", false, 10)]
    [InlineData("00:10:00", true, 10)]
    public void Records_that_a_person_sets_are_waited_for_an_hour_unless_it_is_said_how_long(string? timeout, bool isByHand, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), Read(("Acme:Dns:Propagation:Timeout", timeout)).Monitor.Current.Dns.PatienceWith(isByHand));

    [Fact]
    public void A_person_who_sets_records_is_waited_for()
    {
        (string, string?)[] hands = [("Acme:Dns:Providers:hand:Type", "hand"), ("Acme:Dns:Propagation:Check", "false")];

        Assert.Equal(
            ["Acme:Dns:Propagation:Check: is false and Delay is not set, so nobody would wait until the records of hand are set by hand."],
            Assert.Throws<AcmeConfigurationException>(() => Read(hands).Monitor.Current).Failures);
        Assert.False(Read([.. hands, ("Acme:Dns:Propagation:Delay", "00:30:00")]).Monitor.Current.Dns.ChecksPropagation);
    }

    [Fact]
    public async Task A_secret_in_a_file_is_read_each_time_and_prints_as_none()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("acme-dns-").FullName, "key");
        var secret = AcmeSecret.InFile(file);
        Assert.Contains(file, Assert.Throws<AcmeSecretException>(secret.Read).Message, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, " first\n", TestContext.Current.CancellationToken);
        Assert.Equal("first", secret.Read());
        await File.WriteAllTextAsync(file, "second", TestContext.Current.CancellationToken);
        Assert.Equal("second", secret.Read());

        Assert.DoesNotContain("second", secret.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("third", AcmeSecret.Of("third").ToString(), StringComparison.Ordinal);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    private static TestConfiguration Read(params (string, string?)[] values) => new(
        values,
        services => services.AddAcme().AddDnsProvider("code", _ => new FakeZone()).AddDnsProviderType("hand", (_, _) => new FakeZone { IsByHand = true }).AddDnsProviderType("fake", (configuration, _) =>
        {
            configuration.Read("Server");
            configuration.ReadSecret("Key");
            return new FakeZone();
        }));
}
