namespace AcmeKestrel.Tests.Zones;

/// <summary>A permanent record that only the challenge tells: there is an order before anybody knows it, which waits, or makes room for another type.</summary>
public sealed class PersistChallengeTests : PersistScene
{
    /// <summary>Then there must be an order before anybody knows the record; it waits, and goes on.</summary>
    [Fact]
    public async Task Where_only_the_challenge_tells_the_record_the_order_waits_for_it_and_fails_nothing()
    {
        Behaviour.CaaIdentities = null;

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
        Assert.DoesNotContain("challenge", Requests);
        var record = await ToldAsync();
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Zone.Texts[Place] = [record.Value];
        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(1, Orders);
    }

    /// <summary>By <c>caaIdentities</c> it could not be known that it counts: the order that was made waits for one that does.</summary>
    [Fact]
    public async Task A_record_for_this_account_by_another_name_of_the_ca_is_left_to_the_challenge()
    {
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var record = await ToldAsync();
        Zone.Texts[Place] = [record.Value.Replace("ca.test;", "alias.test;", StringComparison.Ordinal)];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Equal(1, Orders);
        Assert.DoesNotContain("challenge", Requests);
        Assert.Contains("is for alias.test, and this CA is ca.test", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
        Zone.Texts[Place] = [record.Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task Where_another_type_would_do_it_is_that_ones_turn()
    {
        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Challenges:1"] = "dns-01";

        await AcmeAsync("reconcile");
        var said = await AcmeAsync("retry", "shop.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(1, Orders);
        Assert.Contains("validated by dns-01", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
    }

    /// <summary>Where it is known only after the order was made, too: that the CA calls itself so in its challenge alone, or that the record is for this account by another of its names.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_another_type_would_do_it_is_that_ones_turn_after_the_order_too(bool onlyTheChallengeTells)
    {
        if (onlyTheChallengeTells) Behaviour.CaaIdentities = null;
        else
        {
            await AcmeAsync("reconcile");
            Zone.Texts[Place] = [(await ToldAsync()).Value.Replace("ca.test;", "alias.test;", StringComparison.Ordinal)];
        }

        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Challenges:1"] = "dns-01";

        var said = await AcmeAsync("reconcile");

        // The order that was made to know the record was given up; nothing of it was validated.
        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal((2, 1), (Orders, Requests.Count(request => request == "challenge")));
        Assert.Contains("validated by dns-01", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
    }

    /// <summary>A wildcard is proven by DNS alone.</summary>
    [Fact]
    public async Task Where_no_other_type_would_do_the_order_waits_for_the_record()
    {
        Behaviour.CaaIdentities = null;
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Challenges:1"] = "http-01";

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Zone.Texts[Place] = [(await ToldAsync("*.shop.test")).Value];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }
}
