using System.Text.Json.Nodes;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.LocalCa;
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

    /// <summary>Its certificate may exist, and is the account's, whichever address that has by now.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_that_may_have_been_issued_is_brought_to_its_end(bool restarts)
    {
        await using var world = new AccountEdge();
        await world.SeedAsync();
        var isAtWork = true;
        world.Answer = (request, next) => isAtWork && request.Resource is "order" or "finalize" ? AtWork(next(request)) : next(request);
        var wish = Wishes.Of("new.test") with { Email = AccountEdge.Email };
        var edge = await world.StartAsync(wish);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.True(edge.Entry("new.test").Run!.Order.IsCommitted);

        await edge.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token);
        wish = wish with { Email = Next };
        if (restarts)
        {
            await edge.DisposeAsync();
            edge = await world.StartAsync(wish);
        }
        else
        {
            edge.Wish(wish);
        }

        await edge.RunAsync(TimeSpan.FromMinutes(1));
        isAtWork = false;
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.Equal(1, world.Requests.Count(request => request == "new-order"));
        Assert.Single(world.Store.All(RecordKind.Account));
        await edge.DisposeAsync();
    }

    /// <summary>The CA counts by account.</summary>
    [Fact]
    public async Task What_was_spent_of_its_limits_goes_with_it()
    {
        await using var world = new AccountEdge();
        world.Settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await world.SeedAsync();
        await using var edge = await world.StartAsync(Wishes.Of("new.test") with { Email = Next });

        await edge.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email.ToUpperInvariant(), cancellationToken: Token);
        await edge.RunAsync(TimeSpan.FromHours(2.5));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("new.test").State);

        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
    }

    /// <summary>Nobody calls once more, and whichever address it has by then, what it has spent is known.</summary>
    [Fact]
    public async Task Killed_at_any_moment_it_orders_no_more_than_it_may()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            world.Settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
            await world.SeedAsync();
            var death = new Death(moment);
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

            await using var edge = await world.StartAsync(Wishes.Of("new.test") with { Email = world.Record.Facts.Email });
            await edge.RunAsync(TimeSpan.FromHours(2.5));
            Assert.True(edge.Status("new.test").State is AcmeCertificateState.Held, $"moment {moment}, {world.Record.Facts.Email}: {edge.Status("new.test").State}");

            await edge.RunAsync(TimeSpan.FromHours(1));
            Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
            if (!death.HasCome) return;
        }
    }

    /// <summary>It is free for another account, which has spent nothing.</summary>
    [Fact]
    public async Task The_former_address_is_left_with_nothing()
    {
        await using var world = new AccountEdge();
        world.Settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await world.SeedAsync();
        await using var edge = await world.StartAsync();

        await edge.Get<IAcmeAccounts>().ChangeEmailAsync(Next, email: AccountEdge.Email, cancellationToken: Token);

        var (former, present) = (AccountName.Of(world.Settings.Provider, AccountEdge.Email), AccountName.Of(world.Settings.Provider, Next));
        var (limits, ledger) = (world.Settings.Provider.Limits, (await edge.LedgerAsync(world.Settings.Provider)).Snapshot);
        Assert.Null(ledger.RefusalOf(LedgerCosts.Order(limits, former), world.Time.GetUtcNow()));
        Assert.NotNull(ledger.RefusalOf(LedgerCosts.Order(limits, present), world.Time.GetUtcNow()));
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

    /// <summary>An order that is issued, shown as one that is not yet.</summary>
    private static LocalCaReply AtWork(LocalCaReply reply)
    {
        if (JsonNode.Parse(reply.Body.Span) is not JsonObject order || (string?)order["status"] != "valid") return reply;

        order["status"] = "processing";
        order.Remove("certificate");
        return reply with { Body = System.Text.Encoding.UTF8.GetBytes(order.ToJsonString()) };
    }
}
