using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Configuration;

public sealed class SettingsTests
{
    [Fact]
    public void Without_configuration_the_documented_defaults_hold()
    {
        var settings = TestConfiguration.Read();

        Assert.True(settings.Enabled);
        Assert.False(settings.AcceptTermsOfService);
        Assert.Equal("letsencrypt", settings.DefaultProvider);
        Assert.Equal((null, AcmeKeyType.P256, true), (settings.Defaults.Email, settings.Defaults.KeyType, settings.Defaults.IncludeBareDomain));
        Assert.Null(settings.Defaults.Challenges);
        Assert.Equal((2.0 / 3, 0.5, true), (settings.Renewal.Fraction, settings.Renewal.ShortFraction, settings.Renewal.Ari));
        Assert.Equal(UnknownHostPolicy.Fallback, settings.UnknownHosts);
        Assert.Empty(settings.Certificates);
    }

    [Fact]
    public void Everything_that_is_said_is_read()
    {
        var settings = TestConfiguration.Read(
            ("Acme:Enabled", "False"), ("Acme:AcceptTermsOfService", "true"), ("Acme:Email", "ops@example.test"), ("acme:keytype", "rsa3072"), ("Acme:IncludeBareDomain", "false"),
            ("Acme:Challenges:0", "http-01"), ("Acme:StateDirectory", "/some/where/../place"), ("Acme:KeyGroup", "ssl-cert"), ("Acme:UnknownHosts", "reject"),
            ("Acme:Renewal:Fraction", "0.75"), ("Acme:Renewal:ShortFraction", "0.1"), ("Acme:Renewal:Ari", "false"), ("Acme:Domains:0", "B.test, www.b.test  b.test"));

        Assert.Equal((false, true, "/some/place", "ssl-cert"), (settings.Enabled, settings.AcceptTermsOfService, settings.StateDirectory, settings.KeyGroup));
        Assert.Equal(("ops@example.test", AcmeKeyType.Rsa3072, false), (settings.Defaults.Email, settings.Defaults.KeyType, settings.Defaults.IncludeBareDomain));
        Assert.Equal(["http-01"], settings.Defaults.Challenges);
        Assert.Equal((0.75, 0.1, false), (settings.Renewal.Fraction, settings.Renewal.ShortFraction, settings.Renewal.Ari));
        Assert.Equal(UnknownHostPolicy.Reject, settings.UnknownHosts);
        var certificate = Assert.Single(settings.Certificates);
        Assert.Equal(("b.test", "Acme:Domains:0"), (certificate.Label, certificate.Origin));
        Assert.Equal(["b.test", "www.b.test"], certificate.Names.Select(name => name.Value));
    }

    /// <summary>As a variable does that was emptied.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData(null)]
    public void An_entry_of_a_list_that_is_empty_says_nothing(string? blank)
    {
        var settings = TestConfiguration.Read(
            ("Acme:Domains:0", "a.test"), ("Acme:Domains:1", blank), ("Acme:Domains:2", "b.test"),
            ("Acme:Challenges:0", blank), ("Acme:Challenges:1", "http-01"), ("Acme:FallbackProviders:0", blank), ("Acme:FallbackProviders:1", "zerossl"), ("Acme:Wildcards:0", blank),
            ("Acme:Certificates:c.test:Names:0", blank), ("Acme:Certificates:c.test:Challenges:0", blank), ("Acme:Certificates:c.test:FallbackProviders:0", blank),
            ("Acme:Certificates:d.test:Names:0", blank), ("Acme:Certificates:d.test:Names:1", "e.test"),
            ("Acme:Dns:Resolvers:0", blank), ("Acme:Dns:Resolvers:1", "127.0.0.1"), ("Acme:Dns:Aliases:shop.example.com", blank),
            ("Acme:Hooks:Programs:x:Command", "/bin/true"), ("Acme:Hooks:Programs:x:Events:0", blank),
            ("Acme:Hooks:Programs:y:Command", "/bin/true"), ("Acme:Hooks:Programs:y:Events:0", blank), ("Acme:Hooks:Programs:y:Events:1", "issued"));

        Assert.Equal(["a.test", "b.test", "c.test", "e.test"], settings.Certificates.SelectMany(certificate => certificate.Names).Select(name => name.Value).Order(StringComparer.Ordinal));
        Assert.Equal("Acme:Domains:2", settings.Certificates.Single(certificate => certificate.Label == "b.test").Origin);
        Assert.Equal(["http-01"], settings.Defaults.Challenges);
        Assert.Equal(["zerossl"], settings.Defaults.Fallbacks);
        Assert.Equal((null, null), settings.Certificates.Where(certificate => certificate.Label == "c.test").Select(certificate => (certificate.Challenges, certificate.Fallbacks)).Single());
        Assert.Equal("127.0.0.1:53", Assert.Single(settings.Dns.Resolvers).ToString());
        Assert.Empty(settings.Dns.Aliases);
        Assert.Equal([AcmeHookEvent.LiveUpdated], settings.Hooks.Programs.Single(program => program.Name == "x").Events);
        Assert.Equal([AcmeHookEvent.Issued], settings.Hooks.Programs.Single(program => program.Name == "y").Events);
    }

    [Fact]
    public void Upper_and_lower_case_are_one_in_the_words_of_every_list()
    {
        var settings = TestConfiguration.Read(
            ("Acme:Challenges:0", " HTTP-01 "), ("Acme:Challenges:1", "http-01"), ("Acme:Challenges:2", "Dns-Persist-01"), ("Acme:Wildcards:0", "example.com"), ("Acme:Certificates:a.test:Challenges:0", "Tls-Alpn-01"),
            ("Acme:Hooks:Programs:x:Command", "/bin/true"), ("Acme:Hooks:Programs:x:Events:0", "Live-Updated"), ("Acme:Hooks:Programs:x:Events:1", " FAILED"));

        Assert.Equal(["http-01", "dns-persist-01"], settings.Defaults.Challenges);
        Assert.Equal(["example.com"], settings.Defaults.Wildcards);
        Assert.Equal(["tls-alpn-01"], settings.Certificates[0].Challenges);
        Assert.Equal([AcmeHookEvent.LiveUpdated, AcmeHookEvent.Failed], Assert.Single(settings.Hooks.Programs).Events);
    }

    [Fact]
    public void A_labelled_certificate_has_its_own_settings()
    {
        var settings = TestConfiguration.Read(
            ("Acme:Certificates:Shop:Names:0", "shop.test"), ("Acme:Certificates:Shop:Names:1", "192.0.2.1 2001:DB8::1"), ("Acme:Certificates:Shop:Provider", "zerossl"),
            ("Acme:Certificates:Shop:Email", "shop@example.test"), ("Acme:Certificates:Shop:KeyType", "P384"), ("Acme:Certificates:Shop:Profile", "shortlived"), ("Acme:Certificates:Shop:RequireProfile", "true"), ("Acme:Certificates:Shop:PreferredChain", "Root X"),
            ("Acme:Certificates:Shop:Challenges:0", "http-01"), ("Acme:Certificates:Shop:IncludeBareDomain", "false"), ("Acme:Certificates:other.test:KeyType", "P256"));

        var (other, shop) = (settings.Certificates[0], settings.Certificates[1]);
        Assert.Equal(("shop", "zerossl", "shop@example.test", AcmeKeyType.P384), (shop.Label, shop.Provider, shop.Email, shop.KeyType!.Value));
        Assert.Equal(("shortlived", true, false, "Acme:Certificates:Shop"), (shop.Profile, shop.RequireProfile!.Value, shop.IncludeBareDomain!.Value, shop.Origin));
        Assert.Equal("Root X", shop.PreferredChain);
        Assert.Null(other.PreferredChain);
        Assert.Null(other.RequireProfile);
        Assert.Equal(["shop.test", "192.0.2.1", "2001:db8::1"], shop.Names.Select(name => name.Value));
        Assert.Equal(["http-01"], shop.Challenges);
        Assert.Equal(["other.test"], other.Names.Select(name => name.Value));
    }

    [Fact]
    public void Values_that_an_environment_variable_emptied_say_nothing()
    {
        var settings = TestConfiguration.Read(("Acme:Email", ""), ("Acme:Provider", " "), ("Acme:KeyType", ""), ("Acme:Enabled", ""), ("Acme:Domains", ""), ("Acme:Renewal", null));

        Assert.Equal((true, "letsencrypt", AcmeKeyType.P256), (settings.Enabled, settings.DefaultProvider, settings.Defaults.KeyType));
    }

    [Fact]
    public void Code_comes_after_the_section_and_packages_after_code()
    {
        using var configuration = new TestConfiguration([("Acme:Email", "section@example.test"), ("Acme:KeyType", "P384")], services =>
        {
            services.AddAcme(options => (options.Email, options.Provider) = ("code@example.test", "local"));
            services.PostConfigure<AcmeOptions>(options => (options.Providers ??= [])["local"] = new() { Directory = "https://127.0.0.1:14443/directory" });
        });

        var settings = configuration.Monitor.Current;

        Assert.Equal(("code@example.test", AcmeKeyType.P384, "local"), (settings.Defaults.Email, settings.Defaults.KeyType, settings.DefaultProvider));
        Assert.Equal("https://127.0.0.1:14443/directory", settings.Providers["local"].DirectoryUrl);
    }

    [Fact]
    public void Another_section_can_hold_the_settings()
    {
        var other = new ConfigurationBuilder().AddInMemoryCollection([new("Edge:Tls:KeyType", "P384"), new("Edge:Tls:Domain", "x")]).Build();

        using var configuration = new TestConfiguration([("Acme:KeyType", "nonsense")], services => services.AddAcme(other.GetSection("Edge:Tls")));

        var problem = Assert.Single(Assert.Throws<AcmeConfigurationException>(() => configuration.Monitor).Failures);
        Assert.StartsWith("Edge:Tls:Domain: is no known key", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_configuration_is_read_at_its_section()
    {
        var other = new ConfigurationBuilder().AddInMemoryCollection([new("Acme:KeyType", "P384"), new("Logging:Level", "x")]).Build();

        using var configuration = new TestConfiguration([], services => services.AddAcme(other));

        Assert.Equal(AcmeKeyType.P384, configuration.Monitor.Current.Defaults.KeyType);
    }

    [Fact]
    public void Adding_twice_is_harmless()
    {
        using var configuration = new TestConfiguration([("Acme:Domains:0", "a.test"), ("Acme:Challenges:0", "http-01")], services =>
        {
            services.AddAcme();
            var once = services.Count;
            services.AddAcme();
            Assert.Equal(once, services.Count);
        });

        Assert.Single(configuration.Monitor.Current.Certificates);
        Assert.Equal(["http-01"], configuration.Monitor.Current.Defaults.Challenges);
    }
}
