using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.Zones;

/// <summary>An order is gone on with when its records belong elsewhere, since the configuration was changed meanwhile or a CNAME record was.</summary>
public sealed class DnsMovedRecordTests : DnsDeskScene
{
    [Fact]
    public async Task What_another_provider_wrote_of_the_same_challenge_is_removed_by_him()
    {
        await WriteAsync("shop.test", Challenge);
        Settings.Dns = Written("other");
        await WriteAsync("shop.test", Challenge);
        await WriteAsync("shop.test", Challenge);
        Assert.Single(Zone.Names);
        Assert.Single(Other.Names);

        await RemoveAsync();

        Assert.Equal(["add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], Zone.Done);
        Assert.Equal(["add _acme-challenge.shop.test", "add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], Other.Done);
    }

    [Fact]
    public async Task What_was_written_in_other_places_is_removed_in_each()
    {
        foreach (var place in (string[])["a.proofs.example.net", "b.proofs.example.net", "a.proofs.example.net"])
        {
            Settings.Dns = Written("corp") with { Aliases = new(new Dictionary<string, string> { ["shop.test"] = place }) };
            await WriteAsync("shop.test", Challenge);
        }

        Assert.Equal(["a.proofs.example.net", "b.proofs.example.net"], Zone.Names);

        await RemoveAsync();

        Assert.Empty(Zone.Names);
        Assert.Equal(2, Zone.Done.Count(done => done.StartsWith("remove", StringComparison.Ordinal)));
    }

    /// <summary>Until it is gone everywhere.</summary>
    [Fact]
    public async Task It_stays_on_record_while_one_place_has_it()
    {
        await WriteAsync("shop.test", Challenge);
        Settings.Dns = Written("other");
        await WriteAsync("shop.test", Challenge);
        Zone.Removing = _ => throw new DnsProviderException("not now");

        Debts.Owe(Challenge);
        await Eventually.TrueAsync(() => Debts.List().Owed.Any(debt => debt.Tries == 1));
        Assert.True(await IsOnRecordAsync());
        Assert.Empty(Other.Names);

        Zone.Removing = _ => Task.CompletedTask;
        await AdvanceUntilAsync(() => !Zone.Names.Any());
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync());
    }

    private async Task RemoveAsync()
    {
        Debts.Owe(Challenge);
        await Eventually.TrueAsync(async () => !await IsOnRecordAsync());
    }
}
