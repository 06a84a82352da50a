namespace AcmeKestrel.Tests.Zones;

/// <summary>CAA records are looked at before an order is made: an order that a CA must refuse is not spent.</summary>
public sealed class CaaPreflightTests : DnsScene
{
    public CaaPreflightTests()
    {
        Settings["Acme:Domains:0"] = "*.shop.example.com";
        Settings["Acme:Preflight"] = "true";
        Behaviour.CaaIdentities = ["ca.test"];
    }

    [Theory]
    [InlineData("shop.example.com")]
    [InlineData("example.com")]
    [InlineData("com")]
    public async Task A_record_at_the_name_or_above_it_that_names_another_ca_is_told_and_no_order_is_made(string place)
    {
        Zone.Caa[place] = [new CaaRecord(false, "issue", "other.test", place)];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("new-order", Requests);
        Assert.Contains($"the CAA records of {place} allow other.test to issue (issue), and this CA is ca.test", (await AcmeAsync("explain", "*.shop.example.com")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_records_on_the_way_up_count_alone()
    {
        Zone.Caa["example.com"] = [new CaaRecord(false, "issue", "other.test", "example.com")];
        Zone.Caa["shop.example.com"] = [new CaaRecord(false, "issuewild", "ca.test; validationmethods=dns-01", "shop.example.com")];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    [Fact]
    public async Task Without_preflight_nobody_looks()
    {
        Settings["Acme:Preflight"] = "false";
        Zone.Caa["example.com"] = [new CaaRecord(false, "issue", "other.test", "example.com")];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }
}
