using AcmeKestrel.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Configuration;

public sealed class BadConfigurationTests
{
    [Theory]
    [InlineData("Acme:Domains:0", "a_b.test", "'a_b.test' has an underscore")]
    [InlineData("Acme:Domains:0", "ok.test foo.*.test", "'foo.*.test' has a '*'")]
    [InlineData("Acme:Domains:0", ",", "holds no name")]
    [InlineData("Acme:Domains", "a.test", "is a list: write Domains:0")]
    [InlineData("Acme:Domains:0:Name", "a.test", "is no known key")]
    [InlineData("Acme:Domain", "a.test", "known here are Enabled")]
    [InlineData("Acme:Mail", "a@a.test", "is no known key")]
    [InlineData("Acme:Renewal:Fractoin", "0.5", "known here are Fraction, ShortFraction")]
    [InlineData("Acme:Renewal", "0.5", "is a section")]
    [InlineData("Acme:Certificates:shop:Name", "a.test", "known here are Names")]
    [InlineData("Acme:Certificates:s%p:KeyType", "P256", "A label may also be")]
    [InlineData("Acme:Certificates:my_shop:KeyType", "P256", "Names: is missing")]
    [InlineData("Acme:Certificates:shop:Names:1", "a..test", "empty label")]
    [InlineData("Acme:Providers:x:Uri", "https://a.test", "is no known key")]
    [InlineData("Acme:Providers:x:Profile", "p", "Acme:Providers:x:Directory: is missing")]
    [InlineData("Acme:Providers:x:Directory", "http://127.0.0.1/dir", "https only")]
    [InlineData("Acme:Providers:x:Directory", "ftp://127.0.0.1/dir", "is no https URL")]
    [InlineData("Acme:Providers:x:Directory", "https://ca.test/a b", "no character but those of a URL")]
    [InlineData("Acme:Providers:x:Directory", "https://ca.internal/a, https://b/", "no character but those of a URL")]
    [InlineData("Acme:Providers:x:Directory", "https://ca.test/{id}", "no character but those of a URL")]
    [InlineData("Acme:Providers:x:Directory", "https://b\u00fccher.test/dir", "no character but those of a URL")]
    [InlineData("Acme:Providers:x:Directory", "https://ca.test/dir#new", "is no https URL")]
    [InlineData("Acme:Provider", "https://[::1]x/dir", "is no https URL")]
    [InlineData("Acme:Provider", "https://ca.test/{id}", "no character but those of a URL")]
    [InlineData("Acme:Certificates:a.test:FallbackProviders:0", "https://ca.test/{id}", "no character but those of a URL")]
    [InlineData("Acme:Providers:a b:Directory", "https://127.0.0.1/dir", "a provider's name")]
    [InlineData("Acme:Providers:letsencrypt:Staging", "nowhere", "'nowhere' is no known provider")]
    [InlineData("Acme:Providers:letsencrypt:Staging", "LetsEncrypt", "'LetsEncrypt' is the CA itself: failures there would cost what the staging directory is to save")]
    [InlineData("Acme:Providers:letsencrypt-staging:Staging", "letsencrypt-staging", "'letsencrypt-staging' is the CA itself")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "lots", "'lots' is none of letsencrypt, letsencrypt-staging, none, public, usual")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "none,lots", "'lots' is none of")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "order=3/1h", "'order' is no limit; known are accounts, orders")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "orders=0/1h", "'0/1h' is no limit: write 300/3h")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "orders=3/1y", "'3/1y' is no limit")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "orders=3/999999999d", "is no limit")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "orders=3/", "is no limit")]
    [InlineData("Acme:Providers:letsencrypt:Limits", "orders=3", "is no limit")]
    [InlineData("Acme:FallbackProviders:0", "nowhere", "'nowhere' is no known provider")]
    [InlineData("Acme:Certificates:a.test:FallbackProviders:0", "http://ca.example/dir", "https only")]
    [InlineData("Acme:Providers:letsencrypt:EabKeyId", "x", "EabHmacKey: is missing")]
    [InlineData("Acme:Providers:letsencrypt:EabHmacKey", "x", "EabKeyId: is missing")]
    [InlineData("Acme:Providers:letsencrypt:EabAlgorithm", "HS1", "'HS1' is none of HS256, HS384, HS512")]
    [InlineData("Acme:Provider", "letsencrpyt", "'letsencrpyt' is no known provider; known are actalis, google")]
    [InlineData("Acme:Provider", "http://ca.example/dir", "https only")]
    [InlineData("Acme:Certificates:a.test:Provider", "nowhere", "'nowhere' is no known provider")]
    [InlineData("Acme:KeyType", "P512", "'P512' is none of P256, P384, Rsa2048")]
    [InlineData("Acme:KeyType", "0", "'0' is none of")]
    [InlineData("Acme:KeyType", "P256,P384", "is none of")]
    [InlineData("Acme:Enabled", "yes", "'yes' is neither true nor false")]
    [InlineData("Acme:UnknownHosts", "Drop", "'Drop' is none of Fallback, Reject")]
    [InlineData("Acme:Challenges:0", "dns-02", "'dns-02' is none of tls-alpn-01, http-01, dns-01, dns-account-01, dns-persist-01")]
    [InlineData("Acme:Email", "nobody", "'nobody' is no mail address")]
    [InlineData("Acme:Email", "a@b.test,c@d.test", "is no mail address")]
    [InlineData("Acme:Email", "a@b.test?subject=x", "is no mail address")]
    [InlineData("Acme:Renewal:Fraction", "0.05", "is no number from 0.1 to 0.95")]
    [InlineData("Acme:Renewal:Fraction", "0,5", "is no number")]
    [InlineData("Acme:Renewal:ShortFraction", "NaN", "is no number")]
    [InlineData("Acme:Renewal:Ari", "maybe", "is neither true nor false")]
    [InlineData("Acme:StartDelay", "1.00:00:01", "is no duration of at most 1 days")]
    [InlineData("Acme:StartDelay", "30", "is no duration of at most 1 days")]
    [InlineData("Acme:Keep", "3650.00:00:01", "is no duration of at most 3650 days")]
    [InlineData("Acme:Serving:HotNames", "-1", "'-1' is no whole number from 0 to 1000000")]
    [InlineData("Acme:Serving:HotNames", "many", "is no whole number")]
    [InlineData("Acme:Providers:letsencrypt:RequireProfile", "1", "is neither true nor false")]
    [InlineData("Acme:KeyGroup", "a:b", "is no name of a group")]
    public void A_mistake_is_named_by_its_key(string key, string value, string message)
    {
        var problems = TestConfiguration.Problems((key, value));

        Assert.Contains(problems, problem => problem.Contains(message, StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.StartsWith(key[..key.LastIndexOf(':')], problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void A_directory_URL_is_as_long_as_one_that_the_protocol_takes(int length, bool isGood)
    {
        (string, string?)[] values = [("Acme:Provider", "https://ca.test/".PadRight(length, 'x'))];

        if (isGood) Assert.Equal(length, TestConfiguration.Read(values).DefaultProvider.Length);
        else Assert.Equal("Acme:Provider: is longer than 2048 characters.", Assert.Single(TestConfiguration.Problems(values)));
    }

    [Fact]
    public void A_staging_directory_that_is_the_cas_own_under_another_name_is_refused()
    {
        var problem = Assert.Single(TestConfiguration.Problems(
            ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:Providers:mine:Staging", "again"), ("Acme:Providers:again:Directory", "https://ca.test/dir")));

        Assert.StartsWith("Acme:Providers:mine:Staging: 'again' is the CA itself", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void One_message_lists_everything()
    {
        var wrong = Assert.Throws<AcmeConfigurationException>(() => TestConfiguration.Read(
            ("Acme:Domains:0", "bad_name.test"), ("Acme:Domains:1", "fine.test"), ("Acme:Domains:5", "bad..name"), ("Acme:Provider", "nobody"),
            ("Acme:Providers:mine:Directory", "http://ca.test/dir"), ("Acme:KeyTyp", "P256"), ("Acme:KeyType", "DSA"), ("Acme:Email", "x")));

        Assert.Equal(
            ["Acme:KeyTyp", "Acme:Providers:mine:Directory", "Acme:Provider", "Acme:Domains:0", "Acme:Domains:5", "Acme:Email", "Acme:KeyType"],
            wrong.Failures.Select(problem => problem[..problem.IndexOf(": ", StringComparison.Ordinal)]));
        Assert.All(wrong.Failures, problem => Assert.Contains(problem, wrong.Message));
    }

    [Fact]
    public void Secrets_are_not_quoted()
    {
        var problems = TestConfiguration.Problems(
            ("Acme:Providers:letsencrypt:EabKeyId", "id"), ("Acme:Providers:letsencrypt:EabHmacKey", "s3cret!"), ("Acme:Providers:letsencrypt:Proxy", "socks://user:s3cret@proxy.test"),
            ("Acme:Provider", "https://user:s3cret@ca.test/"));

        Assert.Equal(3, problems.Count);
        Assert.DoesNotContain(problems, problem => problem.Contains("s3cret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_starts_with_a_wrong_configuration()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection([new("Acme:Provider", "nobody"), new("urls", "http://127.0.0.1:0")]);
        builder.Logging.ClearProviders();
        var witness = new Witness();
        builder.Services.AddSingleton<IHostedService>(witness);
        builder.Services.AddAcme();

        await Assert.ThrowsAsync<AcmeConfigurationException>(async () =>
        {
            await using var app = builder.Build();
            await app.StartAsync(TestContext.Current.CancellationToken);
        });

        Assert.False(witness.Started);
    }

    private sealed class Witness : IHostedService
    {
        public bool Started { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Started = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
