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

    [Fact]
    public async Task Without_preflight_nobody_looks()
    {
        Settings["Acme:Preflight"] = "false";
        Zone.Caa["site.test"] = [new CaaRecord(false, "issue", "other.test", "site.test")];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }
}
