using System.Net;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Tests.LocalCa;

public sealed class LocalCaSettingsTests
{
    [Fact]
    public void Nothing_configured_means_the_documented_defaults()
    {
        var settings = LocalCaSettings.Parse(new LocalCaOptions(), development: true);

        Assert.Equal(new LocalCaSettings(true, new Uri("https://127.0.0.1:14443/directory"), null, null, false, TimeSpan.Zero, TimeSpan.FromDays(90), null), settings);
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData("true", false, true)]
    [InlineData("false", true, false)]
    public void It_runs_in_development_unless_told_otherwise(string? configured, bool development, bool runs) =>
        Assert.Equal(runs, LocalCaSettings.Parse(new LocalCaOptions { Enabled = configured }, development).Enabled);

    [Theory]
    [InlineData("http://127.0.0.1:14443/directory")]
    [InlineData("https://0.0.0.0:14443/directory")]
    [InlineData("https://ca.test:14443/directory")]
    [InlineData("https://192.0.2.1/directory")]
    [InlineData("https://127.0.0.1:14443")]
    [InlineData("https://127.0.0.1:14443/directory?x")]
    [InlineData("directory")]
    public void A_url_beyond_loopback_is_refused(string url)
    {
        var error = Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(new LocalCaOptions { Url = url }, development: true));

        Assert.StartsWith("LocalCa:Url:", Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void One_message_names_every_bad_key()
    {
        var options = new LocalCaOptions
        {
            Enabled = "maybe",
            Url = "x",
            HttpPort = "0",
            TlsPort = "65536",
            OrderReuse = "1",
            AuthorizationReuse = "-1.00:00:00",
            CertificateLifetime = "400.00:00:00",
            ExternalAccounts = new() { ["kid-1"] = "no key" },
            ExternalAccountRequired = "perhaps",
            DnsServer = "192.0.2.1:53",
            OfferDnsPersist01 = "sometimes",
        };

        var error = Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(options, development: true));
        Assert.Equal(
            ["LocalCa:Enabled", "LocalCa:Url", "LocalCa:HttpPort", "LocalCa:TlsPort", "LocalCa:OrderReuse", "LocalCa:AuthorizationReuse", "LocalCa:CertificateLifetime",
                "LocalCa:ExternalAccounts", "LocalCa:ExternalAccountRequired", "LocalCa:DnsServer", "LocalCa:OfferDnsPersist01"],
            error.Failures.Select(f => string.Join(':', f.Split(':')[..2])));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AA==")]
    [InlineData("c2VjcmV0+")]
    public void A_mac_key_that_is_not_base64url_is_named_by_its_id_and_not_shown(string key)
    {
        var error = Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(new LocalCaOptions { ExternalAccounts = new() { ["kid-1"] = key } }, development: true));

        Assert.StartsWith("LocalCa:ExternalAccounts:kid-1:", Assert.Single(error.Failures), StringComparison.Ordinal);
        if (key.Length > 0) Assert.DoesNotContain(key, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void External_accounts_are_required_only_where_there_are_some()
    {
        var options = new LocalCaOptions { ExternalAccountRequired = "true" };
        Assert.StartsWith("LocalCa:ExternalAccountRequired:", Assert.Single(Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(options, development: true)).Failures), StringComparison.Ordinal);

        options.ExternalAccounts = new() { ["kid-1"] = "c2VjcmV0" };
        var settings = LocalCaSettings.Parse(options, development: true);
        Assert.True(settings.ExternalAccountRequired);
        Assert.Equal("secret"u8.ToArray(), settings.ExternalAccounts["kid-1"]);
    }

    [Fact]
    public void What_a_resolver_must_be_asked_for_is_offered_only_where_there_is_one()
    {
        var options = new LocalCaOptions { OfferDnsAccount01 = "true", OfferDnsPersist01 = "true" };
        Assert.Equal(
            ["LocalCa:OfferDnsAccount01: nothing could be proven so, because LocalCa:DnsServer is empty.", "LocalCa:OfferDnsPersist01: nothing could be proven so, because LocalCa:DnsServer is empty."],
            Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(options, development: true)).Failures);

        options.DnsServer = "127.0.0.1:8053";
        Assert.True(LocalCaSettings.Parse(options, development: true) is { OfferDnsAccount01: true, OfferDnsPersist01: true });
    }

    [Theory]
    [InlineData("127.0.0.1:8053", true)]
    [InlineData("[::1]:53", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.1:0", false)]
    [InlineData("8.8.8.8:53", false)]
    [InlineData("localhost:53", false)]
    public void The_resolver_is_a_port_of_this_machine(string text, bool taken)
    {
        var options = new LocalCaOptions { DnsServer = text };
        if (taken) Assert.Equal(IPEndPoint.Parse(text), LocalCaSettings.Parse(options, development: true).DnsServer);
        else Assert.StartsWith("LocalCa:DnsServer:", Assert.Single(Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(options, development: true)).Failures), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://localhost:1/directory")]
    [InlineData("https://[::1]:0/dir")]
    [InlineData("https://127.0.0.5/acme/directory")]
    public void Loopback_urls_are_taken(string url) =>
        Assert.Equal(new Uri(url), LocalCaSettings.Parse(new LocalCaOptions { Url = url }, development: true).Url);

    [Fact]
    public void Profiles_are_names_with_lifetimes()
    {
        var options = new LocalCaOptions { Profiles = new() { ["shortlived"] = "6.00:00:00", ["hour"] = "01:00:00" } };

        var profiles = LocalCaSettings.Parse(options, development: true).Profiles;
        Assert.Equal([("hour", TimeSpan.FromHours(1)), ("shortlived", TimeSpan.FromDays(6))], profiles.OrderBy(p => p.Key).Select(p => (p.Key, p.Value.CertificateLifetime)));
    }

    [Theory]
    [InlineData("six days")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("00:00:09")]
    [InlineData("398.00:00:00")]
    public void A_profile_without_a_proper_lifetime_is_refused(string? lifetime)
    {
        var error = Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(new LocalCaOptions { Profiles = new() { ["shortlived"] = lifetime } }, development: true));

        Assert.StartsWith("LocalCa:Profiles:shortlived: ", Assert.Single(error.Failures), StringComparison.Ordinal);
    }
}
