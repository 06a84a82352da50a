using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Zones;

/// <summary>CAA records are looked at before an order is made: an order that a CA must refuse is not spent.</summary>
public sealed class CaaPreflightTests : DnsScene
{
    public CaaPreflightTests()
    {
        Settings["Acme:Domains:0"] = "*.shop.site.test";
        Settings["Acme:Preflight"] = "true";
        Behaviour.CaaIdentities = ["ca.test"];
    }

    [Theory]
    [InlineData("shop.site.test")]
    [InlineData("site.test")]
    [InlineData("test")]
    public async Task A_record_at_the_name_or_above_it_that_names_another_ca_is_told_and_no_order_is_made(string place)
    {
        Zone.Caa[place] = [new CaaRecord(false, "issue", "other.test", place)];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("new-order", Requests);
        Assert.Contains($"the CAA records of {place} allow other.test to issue (issue), and this CA is ca.test", (await AcmeAsync("explain", "*.shop.site.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_records_on_the_way_up_count_alone()
    {
        Zone.Caa["site.test"] = [new CaaRecord(false, "issue", "other.test", "site.test")];
        Zone.Caa["shop.site.test"] = [new CaaRecord(false, "issuewild", "ca.test; validationmethods=dns-01", "shop.site.test")];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    /// <summary>A CA must refuse what it cannot look up (RFC 8659 section 3), yet it may see what this machine does not: the order is made, and whoever reads the log knows.</summary>
    [Theory]
    [InlineData("shop.site.test")]
    [InlineData("site.test")]
    public async Task Records_that_cannot_be_looked_up_forbid_nothing_and_are_told(string broken)
    {
        var log = Logged();
        Zone.AskingCaa = name => name == broken ? new DnsProviderException($"No resolver tells the CAA records of {name}: 192.0.2.53 says SERVFAIL") : null;

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);

        Assert.Single(log.Lines, line => line.Contains($"*.shop.site.test: the CAA records of *.shop.site.test could not be looked up from here, and the order is made all the same: No resolver tells the CAA records of {broken}: 192.0.2.53 says SERVFAIL", StringComparison.Ordinal));
    }

    [Fact]
    public async Task That_they_could_not_be_looked_up_stands_beside_the_refusal_of_a_ca_that_could_not_either()
    {
        Zone.AskingCaa = _ => new InvalidOperationException("out of luck");
        Behaviour.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("caa", "SERVFAIL looking up CAA for shop.site.test"));

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        var told = (await AcmeAsync("explain", "*.shop.site.test")).Text;
        Assert.Contains("SERVFAIL looking up CAA for shop.site.test (caa) (beforehand its CAA records could not be looked up from here: InvalidOperationException: out of luck)", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_it_is_proven_the_status_says_that_they_could_not_be_looked_up()
    {
        Zone.AskingCaa = _ => new DnsProviderException("nobody answers");
        Zone.Adding = _ => new TaskCompletionSource().Task;
        var server = await ServeAsync();

        await Serving.Eventually.TrueAsync(() => Certificates(server).List().Any(status => status.Reason == "proving *.shop.site.test by dns-01 (its DNS records are being written; its CAA records could not be looked up from here: nobody answers)"));
    }

    [Fact]
    public async Task One_name_that_they_forbid_keeps_the_order_back_though_another_cannot_be_looked_up()
    {
        Settings["Acme:Domains:0"] = "*.shop.site.test *.club.test";
        Zone.AskingCaa = name => name == "shop.site.test" ? new DnsProviderException("nobody answers") : null;
        Zone.Caa["club.test"] = [new CaaRecord(false, "issuewild", ";", "club.test")];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("new-order", Requests);
        Assert.Contains("*.club.test: the CAA records of club.test allow nobody to issue (issuewild)", (await AcmeAsync("explain", "*.shop.site.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_preflight_nobody_looks()
    {
        Settings["Acme:Preflight"] = "false";
        Zone.Caa["site.test"] = [new CaaRecord(false, "issue", "other.test", "site.test")];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    private RecordedLog Logged()
    {
        var (log, others) = (new RecordedLog(), Also);
        Also = services =>
        {
            others(services);
            services.AddSingleton<ILoggerProvider>(log);
        };
        return log;
    }
}
