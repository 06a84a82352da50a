using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An operator who gives a key, or an address, means just that one: whatever lies beside it, and whoever asks for the same.</summary>
public sealed class AccountKeyGivenTests
{
    private const string One = "one@example.test";
    private const string Other = "other@example.test";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_is_given_is_the_account_whichever_one_lies_alone()
    {
        await using var world = new AccountEdge();
        var taken = await TakeAwayAsync(world);
        var alone = await PutAloneAsync(world);
        await using var edge = await world.StartAsync();

        var found = await edge.Get<IAcmeAccounts>().RecoverAsync(taken.PrivateKeyPem, email: Other, cancellationToken: Token);

        Assert.Equal((taken.Facts.Url, Other), (found.AccountUrl, found.Email));
        Assert.Contains(world.Store.All(RecordKind.Account), record => record.Key == alone);
    }

    [Fact]
    public async Task An_address_is_nobodys_although_a_key_lies_alone()
    {
        await using var world = new AccountEdge();
        await world.SeedAsync();
        var url = world.Record.Facts.Url;
        var alone = await PutAloneAsync(world);
        await using var edge = await world.StartAsync();

        var changed = await edge.Get<IAcmeAccounts>().ChangeEmailAsync(Other, email: AccountEdge.Email, cancellationToken: Token);

        Assert.Equal((url, Other), (changed.AccountUrl, changed.Email));
        Assert.Contains(world.Store.All(RecordKind.Account), record => record.Key == alone);
    }

    /// <summary>The folder is there without <c>privkey</c>, and the operator has a copy of that.</summary>
    [Fact]
    public async Task The_key_that_a_record_has_lost_can_be_given()
    {
        await using var world = new AccountEdge();
        var before = await LoseKeyAsync(world);
        await using var edge = await world.StartAsync();

        var found = await edge.Get<IAcmeAccounts>().RecoverAsync(before.PrivateKeyPem, email: AccountEdge.Email, cancellationToken: Token);

        Assert.Equal(before.Facts.Url, found.AccountUrl);
        Assert.Equal((before.Key, before.PrivateKeyPem, before.Facts.Url), (world.Record.Key, world.Record.PrivateKeyPem, world.Record.Facts.Url));
    }

    /// <summary>A binding may be good for one account, and an address that was its own has nothing registered for it.</summary>
    [Fact]
    public async Task What_a_record_tells_besides_its_lost_key_stays()
    {
        await using var world = new AccountEdge();
        var before = await LoseKeyAsync(world);
        await using var edge = await world.StartAsync();
        world.Time.Advance(TimeSpan.FromDays(1));

        await edge.Get<IAcmeAccounts>().RecoverAsync(before.PrivateKeyPem, email: AccountEdge.Email, cancellationToken: Token);

        var kept = world.Record.Facts;
        Assert.Equal((before.Facts.CreatedAt, "kid-1"), (kept.CreatedAt, kept.EabKeyIdSent));
        Assert.Equal(["https://ca.test/account/lost"], kept.PreviousUrls);
        Assert.Equal([One], kept.FormerEmails!);
    }

    [Fact]
    public async Task The_key_that_anothers_record_has_lost_is_that_ones()
    {
        await using var world = new AccountEdge();
        var before = await LoseKeyAsync(world);
        await using var edge = await world.StartAsync();

        var refused = await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().RecoverAsync(before.PrivateKeyPem, email: Other, cancellationToken: Token));

        Assert.Contains($"is the one of the account for {AccountEdge.Email} already", refused.Message, StringComparison.Ordinal);
        var left = Assert.Single(world.Store.All(RecordKind.Account));
        Assert.Equal((AccountEdge.Email, null), (AccountRemains.TryReadFacts(left)?.Email, left.Content.Find(AccountRecord.KeyPart)));
    }

    /// <summary>Both are told by the CA whose key it is before either is kept.</summary>
    [Fact]
    public async Task A_key_that_two_addresses_are_given_at_once_is_one_address_account()
    {
        await using var world = new AccountEdge();
        var taken = await TakeAwayAsync(world);
        world.Wire = ca => new Together(ca);
        await using var edge = await world.StartAsync();
        var accounts = edge.Get<IAcmeAccounts>();

        Task<AcmeAccountStatus>[] both = [.. new[] { One, Other }.Select(mail => accounts.RecoverAsync(taken.PrivateKeyPem, email: mail, cancellationToken: Token))];
        foreach (var asked in both) await Record.ExceptionAsync(() => asked);

        var kept = Assert.Single(both, asked => asked.IsCompletedSuccessfully);
        Assert.Equal(((await kept).Email, taken.Facts.Url), (world.Record.Facts.Email, world.Record.Facts.Url));
        var refused = await Assert.ThrowsAsync<AcmeAccountException>(() => both.Single(asked => asked != kept));
        Assert.Contains($"is the one of the account for {world.Record.Facts.Email} already", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>An account that the CA knows, and whose record is not here.</summary>
    private static async Task<AccountRecord> TakeAwayAsync(AccountEdge world)
    {
        await world.SeedAsync();
        var record = world.Record;
        await world.Store.DeleteAsync(new StoreDeletion(record.Key), Token);
        return record;
    }

    /// <summary>A record with a past, but without its key.</summary>
    /// <returns>With it.</returns>
    private static async Task<AccountRecord> LoseKeyAsync(AccountEdge world)
    {
        await world.SeedAsync();
        var record = world.Record with { Facts = world.Record.Facts with { EabKeyIdSent = "kid-1", PreviousUrls = ["https://ca.test/account/lost"], FormerEmails = [One] } };
        await world.Store.WriteAsync(new StoreWrite(record.Key, new RecordContent([.. record.Write().Parts.Where(part => part.Name != AccountRecord.KeyPart)])), Token);
        return record;
    }

    private static async Task<RecordKey> PutAloneAsync(AccountEdge world)
    {
        var key = new RecordKey(RecordKind.Account, $"{world.Settings.Provider.Ca.RecordName}/found");
        using var pair = AcmeAccountKey.Create();
        await world.Store.WriteAsync(new StoreWrite(key, new RecordContent([RecordCodec.Text(AccountRecord.KeyPart, pair.ToPem(), secret: true)])), Token);
        return key;
    }

    /// <summary>Nobody learns what account a key has before two have asked.</summary>
    private sealed class Together(HttpMessageHandler ca) : DelegatingHandler(ca)
    {
        private readonly TaskCompletionSource _both = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _asked;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!request.RequestUri!.AbsolutePath.EndsWith("account", StringComparison.Ordinal)) return await base.SendAsync(request, cancellationToken);

            if (Interlocked.Increment(ref _asked) == 2) _both.SetResult();
            await _both.Task.WaitAsync(cancellationToken);
            return await base.SendAsync(request, cancellationToken);
        }
    }
}
