using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Configuration;

public sealed class ProviderSettingsTests
{
    [Theory]
    [InlineData("letsencrypt", "https://acme-v02.api.letsencrypt.org/directory", "letsencrypt-staging")]
    [InlineData("LetsEncrypt-Staging", "https://acme-staging-v02.api.letsencrypt.org/directory", null)]
    [InlineData("google", "https://dv.acme-v02.api.pki.goog/directory", "google-staging")]
    [InlineData("google-staging", "https://dv.acme-v02.test-api.pki.goog/directory", null)]
    [InlineData("zerossl", "https://acme.zerossl.com/v2/DV90", null)]
    [InlineData("sslcom", "https://acme.ssl.com/sslcom-dv-ecc", null)]
    [InlineData("actalis", "https://acme-api.actalis.com/acme/directory", null)]
    public void The_public_CAs_are_built_in(string name, string directory, string? staging)
    {
        var settings = TestConfiguration.Read(("Acme:Provider", name));

        var provider = settings.Providers[settings.DefaultProvider];
        Assert.Equal((name.ToLowerInvariant(), directory, staging, true), (provider.Name, provider.DirectoryUrl, provider.Staging, provider.IsBuiltIn));
    }

    /// <summary>Others are asked for none.</summary>
    [Fact]
    public void Lets_Encrypt_issues_for_addresses_with_one_profile_alone()
    {
        var providers = TestConfiguration.Read(("Acme:Providers:le:Directory", "https://acme-v02.api.letsencrypt.org/directory")).Providers;

        Assert.Equal(["le", "letsencrypt", "letsencrypt-staging"], providers.Values.Where(provider => provider.AddressProfile is not null).Select(provider => provider.Name).Order(StringComparer.Ordinal));
        Assert.All((string[])["le", "letsencrypt", "letsencrypt-staging"], name => Assert.Equal("shortlived", providers[name].AddressProfile));
    }

    /// <summary>A wish counts, and so does the provider's own; what will come of it is said.</summary>
    [Theory]
    [InlineData(null, null, "192.0.2.1", "letsencrypt issues for addresses with the profile 'shortlived' alone, which is asked for by itself")]
    [InlineData("classic", null, "192.0.2.1", "the profile 'classic' is wished, and letsencrypt issues for addresses with 'shortlived' alone: it is likely to refuse")]
    [InlineData(null, "classic", "shop.test 192.0.2.1", "the profile 'classic' is wished, and letsencrypt issues for addresses with 'shortlived' alone: it is likely to refuse")]
    [InlineData("shortlived", "classic", "192.0.2.1", null)]
    [InlineData("classic", null, "shop.test", null)]
    public void What_comes_of_a_profile_for_an_address_is_said(string? wished, string? own, string names, string? said)
    {
        var provider = TestConfiguration.Read(("Acme:Providers:letsencrypt:Profile", own)).Providers["letsencrypt"];

        Assert.Equal(said, provider.RemarkOnProfile(wished, names.Split(' ').Select(AcmeIdentifier.Parse)));
    }

    [Fact]
    public void Lets_Encrypts_published_limits_are_data()
    {
        var (hours, days) = (TimeSpan.FromHours(3), TimeSpan.FromDays(7));

        Assert.Equal(
            new ProviderLimits(new(10, hours), new(300, hours), new(5, TimeSpan.FromHours(1)), new(50, days), new(5, days)) { ExemptsRenewals = true, FirstOrders = new(20, TimeSpan.FromMinutes(12)) },
            TestConfiguration.Read().Providers["letsencrypt"].Limits);
        Assert.Equal(
            new ProviderLimits(new(50, hours), new(1500, hours), new(200, TimeSpan.FromHours(1)), new(30_000, days), new(30_000, days)) { ExemptsRenewals = true },
            TestConfiguration.Read().Providers["letsencrypt-staging"].Limits);
    }

    /// <summary>What no CA takes amiss, where a CA publishes nothing; with a gentle beginning at those that everybody shares.</summary>
    [Fact]
    public void Another_CA_has_the_usual_limits()
    {
        var usual = new ProviderLimits(null, new(300, TimeSpan.FromHours(3)), new(5, TimeSpan.FromHours(1)), null, null);

        var settings = TestConfiguration.Read(("Acme:Provider", "https://ca.example/dir"), ("Acme:Providers:own:Directory", "https://own.example/dir"));

        Assert.Equal(usual, settings.Providers["https://ca.example/dir"].Limits);
        Assert.Equal(usual, settings.Providers["own"].Limits);
        Assert.All((string[])["google", "zerossl", "sslcom", "actalis"], name => Assert.Equal(usual with { FirstOrders = new(20, TimeSpan.FromMinutes(12)) }, settings.Providers[name].Limits));
        Assert.Equal(usual, settings.Providers["google-staging"].Limits);
    }

    [Theory]
    [InlineData("none", null, null, null, null, null, null)]
    [InlineData("usual", null, "300/03:00:00", "5/01:00:00", null, null, null)]
    [InlineData("orders=1000/1d", null, "1000/1.00:00:00", "5/01:00:00", null, null, null)]
    [InlineData("none, orders = 7 / 90m ,set=5/7d", null, "7/01:30:00", null, null, "5/7.00:00:00", null)]
    [InlineData("letsencrypt,DOMAIN=None,first=none,accounts=1/30s", "1/00:00:30", "300/03:00:00", "5/01:00:00", null, "5/7.00:00:00", null)]
    public void Limits_are_a_word_single_ones_or_both(string text, string? accounts, string? orders, string? failed, string? domain, string? set, string? first)
    {
        var limits = TestConfiguration.Read(("Acme:Providers:own:Directory", "https://own.example/dir"), ("Acme:Providers:own:Limits", text)).Providers["own"].Limits;

        Assert.Equal(
            [accounts, orders, failed, domain, set, first],
            new[] { limits.NewAccounts, limits.NewOrdersPerAccount, limits.FailedAuthorizationsPerIdentifier, limits.CertificatesPerRegisteredDomain, limits.CertificatesPerExactSet, limits.FirstOrders }
                .Select(limit => limit is null ? null : $"{limit.Count}/{limit.Window:c}"));
    }

    [Fact]
    public void Fallbacks_are_providers_and_a_certificate_may_have_its_own()
    {
        var settings = TestConfiguration.Read(
            ("Acme:FallbackProviders:0", "ZeroSSL"), ("Acme:FallbackProviders:1", "https://ca.example/dir"), ("Acme:FallbackProviders:2", "zerossl"),
            ("Acme:Certificates:a.example.org:FallbackProviders:0", "google"), ("Acme:Certificates:b.example.org:KeyType", "P384"));

        Assert.Equal(["zerossl", "https://ca.example/dir"], settings.Defaults.Fallbacks);
        Assert.Equal(["google"], settings.Certificates.Single(certificate => certificate.Label == "a.example.org").Fallbacks);
        Assert.Null(settings.Certificates.Single(certificate => certificate.Label == "b.example.org").Fallbacks);
    }

    [Fact]
    public void A_provider_of_ones_own_is_read_whole()
    {
        var provider = TestConfiguration.Read(
            ("Acme:Providers:pebble:Directory", "https://localhost:14000/dir"), ("Acme:Providers:pebble:TrustedRootsFile", "/etc/../roots.pem"),
            ("Acme:Providers:pebble:Proxy", "http://proxy.test:3128"), ("Acme:Providers:pebble:EabKeyId", "kid-1"), ("Acme:Providers:pebble:EabHmacKey", "AbC-_09"),
            ("Acme:Providers:pebble:PreferredChain", "Root X"), ("Acme:Providers:pebble:Profile", "shortlived"), ("Acme:Providers:pebble:RequireProfile", "true"), ("Acme:Providers:pebble:Limits", "letsencrypt"),
            ("Acme:Providers:pebble:Staging", "letsencrypt-staging"), ("Acme:Provider", "Pebble")).Providers["pebble"];

        Assert.Equal(("pebble", "https://localhost:14000/dir", "/roots.pem", "http://proxy.test:3128"), (provider.Name, provider.DirectoryUrl, provider.TrustedRootsFile, provider.Proxy));
        Assert.Equal(("kid-1", "AbC-_09", "Root X", "shortlived", true), (provider.EabKeyId, provider.EabHmacKey, provider.PreferredChain, provider.Profile, provider.RequireProfile));
        Assert.Equal((300, "letsencrypt-staging", false), (provider.Limits.NewOrdersPerAccount!.Count, provider.Staging, provider.IsBuiltIn));
    }

    [Fact]
    public void A_staging_name_that_stands_for_the_ca_itself_is_nobodys_staging_directory()
    {
        var providers = TestConfiguration.Read(("Acme:Providers:letsencrypt-staging:Directory", "https://acme-v02.api.letsencrypt.org/directory"), ("Acme:Provider", "letsencrypt")).Providers;

        Assert.Equal((null, null), (providers["letsencrypt"].Staging, providers["letsencrypt-staging"].Staging));
    }

    [Theory]
    [InlineData("", "HS256")]
    [InlineData("HS256", "HS256")]
    [InlineData("hs384", "HS384")]
    [InlineData("HS512", "HS512")]
    public void The_algorithm_of_a_binding_is_one_that_the_protocol_knows(string said, string algorithm)
    {
        var provider = TestConfiguration.Read(("Acme:Providers:zerossl:EabAlgorithm", said)).Providers["zerossl"];

        Assert.Equal(algorithm, provider.EabAlgorithm.ToString());
    }

    [Fact]
    public void A_built_in_provider_takes_settings_and_keeps_its_directory_and_limits()
    {
        var settings = TestConfiguration.Read(("Acme:Providers:LETSENCRYPT:Profile", "tlsserver"));

        var provider = settings.Providers[settings.DefaultProvider];
        Assert.Equal(("letsencrypt", "tlsserver", true, 5), (provider.Name, provider.Profile, provider.IsBuiltIn, provider.Limits.CertificatesPerExactSet!.Count));
    }

    [Theory]
    [InlineData("Acme:Provider", "https://acme-v02.api.letsencrypt.org/directory", "https://acme-v02.api.letsencrypt.org/directory")]
    [InlineData("Acme:Providers:mine:Directory", "https://acme-v02.api.letsencrypt.org/directory", "mine")]
    public void A_public_CA_under_another_name_keeps_its_limits(string key, string value, string name)
    {
        var provider = TestConfiguration.Read((key, value)).Providers[name];

        Assert.Equal((true, 300), (provider.IsBuiltIn, provider.Limits.NewOrdersPerAccount!.Count));
    }

    [Fact]
    public void A_built_in_name_with_another_directory_is_no_public_CA()
    {
        var provider = TestConfiguration.Read(("Acme:Providers:letsencrypt:Directory", "https://boulder.test/directory")).Providers["letsencrypt"];

        Assert.Equal((false, ProviderLimits.Usual), (provider.IsBuiltIn, provider.Limits));
    }

    /// <summary>Exactly as it stands there: accounts and limits are kept by the URL.</summary>
    [Fact]
    public void The_URL_of_a_configured_provider_is_that_provider()
    {
        const string Url = "https://acme.zerossl.com/v2/DV90";
        var settings = TestConfiguration.Read(
            ("Acme:Provider", Url), ("Acme:FallbackProviders:0", Url), ("Acme:FallbackProviders:1", "ZeroSSL"), ("Acme:Certificates:a.test:Provider", Url),
            ("Acme:Providers:zerossl:EabKeyId", "kid-1"), ("Acme:Providers:zerossl:EabHmacKey", "AbC-_09"));

        Assert.Equal(("zerossl", "zerossl"), (settings.DefaultProvider, settings.Certificates[0].Provider));
        Assert.Equal(["zerossl"], settings.Defaults.Fallbacks);
        Assert.Equal(("kid-1", "AbC-_09"), (settings.Providers[settings.DefaultProvider].EabKeyId, settings.Providers[settings.DefaultProvider].EabHmacKey));

        // A wish that is kept, and a file, may say the URL as before.
        Assert.Same(settings.Providers["zerossl"], settings.Providers[Url]);
    }

    [Fact]
    public void A_URL_that_two_configured_providers_have_is_neither()
    {
        var settings = TestConfiguration.Read(("Acme:Provider", "https://ca.test/dir"), ("Acme:Providers:one:Directory", "https://ca.test/dir"), ("Acme:Providers:two:Directory", "https://ca.test/dir"));

        Assert.Equal("https://ca.test/dir", settings.DefaultProvider);
    }

    /// <summary>A URL divides into keys at its colons.</summary>
    [Fact]
    public void What_is_to_be_set_of_a_provider_is_told_as_it_can_be_set()
    {
        var providers = TestConfiguration.Read(("Acme:Provider", "https://ca.test/dir")).Providers;

        Assert.Equal("Acme:Providers:zerossl:EabKeyId and EabHmacKey", providers["zerossl"].Setting("EabKeyId and EabHmacKey"));
        Assert.Equal("Acme:Providers:<name>:EabKeyId and EabHmacKey (with Acme:Providers:<name>:Directory = https://ca.test/dir)", providers["https://ca.test/dir"].Setting("EabKeyId and EabHmacKey"));

        var written = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "AcmeKestrel"), "*.cs", SearchOption.AllDirectories).Where(file => File.ReadAllText(file).Contains("Acme:Providers:{", StringComparison.Ordinal));
        Assert.Equal(["Provider.cs"], written.Select(Path.GetFileName));
    }

    [Fact]
    public void A_directory_URL_is_a_provider()
    {
        var settings = TestConfiguration.Read(("Acme:Provider", "https://ca.example/dir"), ("Acme:Certificates:a.test:Provider", "https://other.example/dir"));

        Assert.Equal("https://ca.example/dir", settings.Providers[settings.DefaultProvider].DirectoryUrl);
        Assert.Equal("https://other.example/dir", settings.Providers[settings.Certificates[0].Provider!].Name);
    }
}
