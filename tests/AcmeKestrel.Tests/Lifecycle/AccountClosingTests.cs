using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 8555 section 7.3.6: final.</summary>
public sealed class AccountClosingTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_closed_account_holds_new_names_serves_old_ones_and_is_not_registered_anew()
    {
        await _world.SeedAsync();
        await using (var closing = await _world.StartAsync()) await closing.Get<IAcmeAccounts>().DeactivateAsync(email: AccountEdge.Email, cancellationToken: Token);
        _world.Requests.Clear();

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"), Wishes.Of("new.test"), Wishes.Of("moved.test") with { Email = "other@example.test" });
        await edge.RunAsync(TimeSpan.FromHours(20));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("new.test").State, edge.Status("new.test").Failures));
        Assert.Contains("was closed here on 2026-11-23", edge.Status("new.test").Reason, StringComparison.Ordinal);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("moved.test").State);
        var accounts = await edge.Get<IAcmeAccounts>().ListAsync(Token);
        Assert.Equal(
            [(AccountEdge.Email, true), ("other@example.test", false)],
            accounts.Select(account => (account.Email!, account.IsClosed)).OrderBy(account => account.Item1, StringComparer.Ordinal));
        Assert.Equal(1, _world.Requests.Count(resource => resource == "new-account"));
    }

    [Fact]
    public async Task Killed_at_any_moment_it_is_closed_or_not_and_a_second_call_ends_it()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            await world.SeedAsync();
            var death = new Death(moment);
            await using (var dying = await world.StartAsync(death))
            {
                try
                {
                    await dying.Get<IAcmeAccounts>().DeactivateAsync(email: AccountEdge.Email, cancellationToken: Token);
                }
                catch (Exception) when (death.HasCome)
                {
                    // Killed.
                }
            }

            await using var edge = await world.StartAsync(Wishes.Of("new.test"));
            await edge.SettleAsync("new.test");
            Assert.Single(world.Store.All(RecordKind.Account));
            if (world.Record.Facts.ClosedAt is null) Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
            else Assert.Equal(AcmeCertificateState.Held, edge.Status("new.test").State);

            await edge.Get<IAcmeAccounts>().DeactivateAsync(email: AccountEdge.Email, cancellationToken: Token);
            Assert.NotNull(world.Record.Facts.ClosedAt);
            await Assert.ThrowsAsync<AcmeException>(() => world.OpenAsync(world.Record.OpenKey()));
            if (!death.HasCome) return;
        }
    }

    [Fact]
    public async Task A_ca_that_refuses_leaves_the_account_open()
    {
        await _world.SeedAsync();
        _world.Answer = (request, next) => request.Resource == "account" ? AccountEdge.Problem(403, "unauthorized", "not you") : next(request);
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));

        await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().DeactivateAsync(email: AccountEdge.Email, cancellationToken: Token));

        _world.Answer = (request, next) => next(request);
        Assert.Null(_world.Record.Facts.ClosedAt);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);
    }

    /// <summary>Whether names of it are being validated cannot be known.</summary>
    [Fact]
    public async Task An_order_that_cannot_be_read_now_is_said_as_any_other_reason()
    {
        await _world.SeedAsync();
        await using (var before = await _world.StartAsync(Wishes.Of("new.test")))
        {
            _world.HoldValidations();
            await before.RunAsync(TimeSpan.FromSeconds(1));
        }

        await using var edge = await _world.StartAsync();
        Assert.Single(_world.Store.All(RecordKind.Order));
        _world.Store.Shown = record => record.Key.Kind == RecordKind.Order ? record with { Error = "the file server is away", IsUnread = true } : record;

        var said = await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().DeactivateAsync(email: AccountEdge.Email, cancellationToken: Token));

        Assert.Contains("the file server is away", said.Message, StringComparison.Ordinal);
        Assert.Null(_world.Record.Facts.ClosedAt);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said()
    {
        await using var edge = await _world.StartAsync();
        var accounts = edge.Get<IAcmeAccounts>();

        Assert.Contains("no provider 'nobody'", (await Assert.ThrowsAsync<AcmeAccountException>(() => accounts.ChangeKeyAsync("nobody", cancellationToken: Token))).Message, StringComparison.Ordinal);
        Assert.Contains("no account at test without a mail address", (await Assert.ThrowsAsync<AcmeAccountException>(() => accounts.ChangeKeyAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);

        _world.Settings.Enabled = false;
        Assert.Contains("Acme:Enabled is false", (await Assert.ThrowsAsync<AcmeAccountException>(() => accounts.DeactivateAsync(cancellationToken: Token))).Message, StringComparison.Ordinal);
        Assert.Empty(_world.Store.All(RecordKind.Account));
    }
}
