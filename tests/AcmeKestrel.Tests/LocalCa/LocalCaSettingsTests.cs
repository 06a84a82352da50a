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
        };

        var error = Assert.Throws<OptionsValidationException>(() => LocalCaSettings.Parse(options, development: true));
        Assert.Equal(
            ["LocalCa:Enabled", "LocalCa:Url", "LocalCa:HttpPort", "LocalCa:TlsPort", "LocalCa:OrderReuse", "LocalCa:AuthorizationReuse", "LocalCa:CertificateLifetime"],
            error.Failures.Select(f => string.Join(':', f.Split(':')[..2])));
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
