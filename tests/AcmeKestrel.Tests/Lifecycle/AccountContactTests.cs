using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 8555 section 7.3.2: another mail address, which is half of an account's name here.</summary>
public sealed class AccountContactTests
{
    private const string Next = "new@example.test";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Killed_at_any_moment_a_second_call_ends_it_and_it_stays_one_account()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            await world.SeedAsync();
            var (url, death) = (world.Record.Facts.Url, new Death(moment));
            await using (var dying = await world.StartAsync(death))
            {
                try
                {
                    await dying.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token);
                }
                catch (Exception) when (death.HasCome)
                {
                    // Killed.
                }
            }

            await using var edge = await world.StartAsync(Wishes.Of("shop.test") with { Email = Next });
            await edge.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token);
            Assert.Single(world.Store.All(RecordKind.Account));
            Assert.Equal((Next, url), (world.Record.Facts.Email, world.Record.Facts.Url));
            Assert.Equal([AccountEdge.Email], world.Record.Facts.FormerEmails);
            if (!death.HasCome) return;
        }
    }

    [Fact]
    public async Task There_and_back_again_it_is_the_former_address_account()
    {
        await using var world = new AccountEdge();
        await world.SeedAsync();
        await using var edge = await world.StartAsync(Wishes.Of("new.test") with { Email = AccountEdge.Email });
        await edge.SettleAsync("new.test");
        var accounts = edge.Get<IAcmeAccounts>();

        await accounts.ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token);
        Assert.Null(await accounts.FindAsync(email: AccountEdge.Email, cancellationToken: Token));
        await accounts.ChangeEmailAsync(AccountEdge.Email.ToUpperInvariant(), email: Next, cancellationToken: Token);

        Assert.Equal([Next], world.Record.Facts.FormerEmails);
        Assert.NotNull(await accounts.FindAsync(email: AccountEdge.Email, cancellationToken: Token));
    }

    [Fact]
    public async Task A_ca_that_refuses_leaves_all_as_it_was()
    {
        await using var world = new AccountEdge();
        await world.SeedAsync();
        world.Answer = (request, next) => request.Resource == "account" ? AccountEdge.Problem(400, "invalidContact", "not that one") : next(request);
        await using var edge = await world.StartAsync();

        var refused = await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token));

        Assert.Contains("not that one", refused.Message, StringComparison.Ordinal);
        Assert.Equal(AccountEdge.Email, world.Record.Facts.Email);
        Assert.Null(world.Record.Facts.FormerEmails);
    }
}
