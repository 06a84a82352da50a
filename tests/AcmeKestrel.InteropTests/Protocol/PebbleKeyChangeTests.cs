using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>An account gets another key (RFC 8555 section 7.3.5).</summary>
public sealed class PebbleKeyChangeTests(SharedPebbles pebbles)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PebbleVersion.Installed, AcmeSignatureAlgorithm.ES256)]
    [InlineData(PebbleVersion.Installed, AcmeSignatureAlgorithm.RS256)]
    [InlineData(PebbleVersion.Newest, AcmeSignatureAlgorithm.ES384)]
    [InlineData(PebbleVersion.Newest, AcmeSignatureAlgorithm.ES512)]
    public async Task The_account_stays_the_same_and_only_the_new_key_opens_it(PebbleVersion version, AcmeSignatureAlgorithm algorithm)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var old = AcmeAccountKey.Create();
        using var next = AcmeAccountKey.Create(algorithm);
        var before = await client.RegisterAsync(old, Ct);

        var after = await before.ChangeKeyAsync(next, Ct);

        Assert.Equal(before.Url, after.Url);
        Assert.Equal(AcmeStatus.Valid, (await after.GetAsync(Ct)).Status);
        Assert.Equal(before.Url, (await AcmeAccount.RecoverAsync(client, next, Ct)).Url);
        Assert.Equal(AcmeFault.AccountUnknown, (await Assert.ThrowsAsync<AcmeException>(() => AcmeAccount.RecoverAsync(client, old, Ct))).Fault);
        await Assert.ThrowsAsync<AcmeException>(() => before.GetAsync(Ct));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task An_order_made_with_the_old_key_goes_on_with_the_new_one(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var old = AcmeAccountKey.Create();
        using var next = AcmeAccountKey.Create();
        var before = await client.RegisterAsync(old, Ct);
        var order = await before.OrderAsync(PlainIssuance.Request("rolled.test"), Ct);
        var token = await TokenAsync(before, order);

        var after = await before.ChangeKeyAsync(next, Ct);
        var kept = await TokenAsync(after, order);
        using var issued = await after.CompleteAsync(order, Ct);

        Assert.NotNull(token);
        Assert.Equal(token, kept);
        Assert.True(issued.Certificate.MatchesHostname("rolled.test"));
    }

    [Theory]
    [InlineData(PebbleVersion.Installed)]
    [InlineData(PebbleVersion.Newest)]
    public async Task A_key_that_has_an_account_keeps_it_and_the_other_account_its_own_key(PebbleVersion version)
    {
        var pebble = await pebbles.GetAsync(version, Ct);
        using var client = pebble.NewClient();
        using var mine = AcmeAccountKey.Create();
        using var taken = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(mine, Ct);
        var other = await client.RegisterAsync(taken, Ct);

        // RFC 8555 section 7.3.5 wants a 409 with the account's URL. Pebble means to send one and never does: the installed one answers 500, the newest an empty 200.
        var answer = await Record.ExceptionAsync(() => account.ChangeKeyAsync(taken, Ct));

        Assert.Equal(version is PebbleVersion.Installed ? 500 : null, (answer as AcmeException)?.StatusCode);
        Assert.Equal(account.Url, (await AcmeAccount.RecoverAsync(client, mine, Ct)).Url);
        Assert.Equal(other.Url, (await AcmeAccount.RecoverAsync(client, taken, Ct)).Url);
    }

    private static async Task<string?> TokenAsync(AcmeAccount account, AcmeOrder order) =>
        (await account.GetAuthorizationAsync(order.Authorizations[0], Ct)).Challenges.Single(challenge => challenge.Type == "http-01").Token;
}
