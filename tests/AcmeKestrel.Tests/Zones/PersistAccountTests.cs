using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests.Zones;

/// <summary>What records in DNS say of the account, and what becomes of them when its key is changed.</summary>
public sealed partial class PersistAccountTests : PersistScene
{
    /// <summary>Version 02 of the draft: an account is named by a hash of its own for each domain, or by one for all.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ca_that_wants_accounts_hashed_gets_them_so(bool isWithoutCaa)
    {
        Behaviour.AccountHashPrefix = "https://ca.test/account-hash/";
        if (isWithoutCaa) Behaviour.CaaIdentities = null;

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var record = await ToldAsync();
        Assert.Matches("^ca\\.test; accounturi=https://ca\\.test/account-hash/sha-256/[A-Za-z0-9_-]{43}$", record.Value);
        Zone.Texts[Place] = [record.Value];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>The CA was told of nothing that is made with the key.</summary>
    [Fact]
    public async Task An_order_that_waits_for_a_record_keeps_nobody_from_changing_the_key()
    {
        Behaviour.CaaIdentities = null;
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);

        var changed = await AcmeAsync("account", "rollover", "--yes");

        Assert.True(changed.Exit == 0, changed.Text + changed.Errors);
        Zone.Texts[Place] = [(await ToldAsync()).Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>Where records name accounts by a hash, it is of the key, too.</summary>
    [Fact]
    public async Task Another_key_is_another_record_where_accounts_are_hashed()
    {
        Behaviour.AccountHashPrefix = "https://ca.test/account-hash/";
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var former = await ToldAsync();
        Assert.Equal(0, (await AcmeAsync("account", "rollover", "--yes")).Exit);

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.NotEqual(former, await ToldAsync());
        Zone.Texts[Place] = [(await ToldAsync()).Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    /// <summary>draft-ietf-acme-dns-account-label: with a record of the account's own.</summary>
    [Fact]
    public async Task Names_are_proven_by_a_record_of_the_account()
    {
        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Domains:0"] = "shop.test *.shop.test";
        Settings["Acme:Challenges:0"] = "dns-account-01";
        Behaviour.OfferDnsAccount01 = true;

        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(2, Zone.Done.Count(done => OfAccount().IsMatch(done)));
        Assert.Equal(["shop.test", "shop.test"], Proven);
        Assert.Empty(Zone.Names);
        Assert.Empty(Leftovers);
    }

    [GeneratedRegex("^add _[a-z2-7]{16}\\._acme-challenge\\.shop\\.test$")]
    private static partial Regex OfAccount();
}
