using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

public sealed class LedgerTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new(Start);
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();

    public LedgerTests() => _store = new TestStore(_time);

    [Fact]
    public void A_bucket_never_gives_more_than_its_tokens_and_always_what_it_has() =>
        Gen.Select(Gen.Int[1, 20], Gen.Int[1, 200], Gen.Int[0, 90].Array[1, 200]).Sample((count, hours, minutes) =>
        {
            var limit = new RateLimit(count, TimeSpan.FromHours(hours));
            var (state, cost) = (new LedgerState(), new[] { new LedgerCost("b", limit) });
            var (tokens, now) = ((double)count, Start);
            foreach (var wait in minutes)
            {
                now = now.AddMinutes(wait);
                tokens = Math.Min(count, tokens + (TimeSpan.FromMinutes(wait) / limit.Window * count));
                var given = state.Refuses(cost, now) is null;
                if (Math.Abs(tokens - 1) > 1e-6 && given != tokens >= 1) return false;
                if (!given) continue;
                state.Debit(cost, now);
                tokens--;
            }

            return true;
        });

    [Fact]
    public void One_account_has_one_budget_however_its_address_is_written()
    {
        var limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(3, TimeSpan.FromHours(3)), FailedAuthorizationsPerIdentifier = new RateLimit(3, TimeSpan.FromHours(3)) };

        Assert.Equal(LedgerCosts.Order(limits, "ops@example.test"), LedgerCosts.Order(limits, "Ops@Example.test"));
        Assert.Equal(LedgerCosts.Failure(limits, "ops@example.test", "a.test"), LedgerCosts.Failure(limits, "Ops@Example.test", "a.test"));
    }

    [Fact]
    public void A_refusal_says_when_the_next_token_is_there()
    {
        var (state, cost) = (new LedgerState(), new[] { new LedgerCost("b", new RateLimit(5, TimeSpan.FromHours(5))) });
        for (var i = 0; i < 5; i++) state.Debit(cost, Start);

        var refusal = state.Refuses(cost, Start);

        Assert.Equal(Start.AddHours(1), refusal!.Until);
        Assert.Null(state.Refuses(cost, refusal.Until));
    }

    [Fact]
    public async Task A_reservation_is_on_disk_when_it_is_made_and_is_not_taken_twice()
    {
        await using var edge = await StartAsync();
        var (ledger, cost) = (await edge.Get<Ledgers>().GetAsync(_settings.Provider, Token), new[] { new LedgerCost("b", new RateLimit(2, TimeSpan.FromHours(1))) });

        await edge.Get<OrderJournal>().BeginAsync(new PendingOrder("a", "a.test", "", "test", TestCa.DirectoryUrl, null, [], AcmeKeyType.P256, null, [], false, Start, new OrderProgress.Intent()), Token);

        await ledger.ReserveAsync("a", cost, Token);
        await ledger.ReserveAsync("a", cost, Token);
        await edge.DisposeAsync();

        await using var restarted = await StartAsync();
        var again = await restarted.Get<Ledgers>().GetAsync(_settings.Provider, Token);
        await again.ReserveAsync("a", cost, Token);
        Assert.Null(await again.ReserveAsync("b", cost, Token));
        Assert.NotNull(await again.ReserveAsync("c", cost, Token));
        await again.SettleAsync("a", spent: false, cost, Token);
        Assert.Null(await again.ReserveAsync("c", cost, Token));
    }

    [Fact]
    public async Task Debits_that_come_together_share_their_writes()
    {
        await using var edge = await StartAsync();
        var ledger = await edge.Get<Ledgers>().GetAsync(_settings.Provider, Token);
        var cost = new[] { new LedgerCost("b", new RateLimit(1000, TimeSpan.FromHours(1))) };
        using var release = new ManualResetEventSlim();
        var first = true;
        _store.BeforeWrite = _ =>
        {
            if (!first) return;
            first = false;
            release.Wait(TimeSpan.FromSeconds(30), Token);
        };

        var leader = Task.Run(() => ledger.ReserveAsync("leader", cost, Token));
        while (Volatile.Read(ref first)) await Task.Yield();
        var followers = Enumerable.Range(0, 200).Select(i => ledger.ReserveAsync($"{i}", cost, Token)).ToList();
        release.Set();
        await Task.WhenAll(followers.Append(leader));

        Assert.Equal(2, _store.Writes);
    }

    [Fact]
    public async Task Failures_are_debited_before_the_challenge_and_credited_when_it_succeeds()
    {
        _settings.Limits = ProviderLimits.None with { FailedAuthorizationsPerIdentifier = new RateLimit(1, TimeSpan.FromDays(1000)) };
        var ca = new TestCa(_time);
        var debited = new List<bool>();
        await using var edge = await Edge.StartAsync(_time, ca, _settings, _store, [Wishes.Of("shop.test")]);
        ca.Instead = (kind, _) =>
        {
            if (kind == "challenge") debited.Add(_store.All(RecordKind.Ledger).Count == 1);
            return null;
        };

        await edge.SettleAsync("shop.test");
        await edge.RunAsync(TimeSpan.FromDays(150));

        Assert.Equal(3, ca.Certificates.Count);
        Assert.All(debited, Assert.True);
    }

    [Fact]
    public async Task A_name_whose_failures_are_used_up_is_held_until_the_ca_forgives_one()
    {
        _settings.Limits = ProviderLimits.None with { FailedAuthorizationsPerIdentifier = new RateLimit(2, TimeSpan.FromHours(10)) };
        var ca = new TestCa(_time);
        await using var edge = await Edge.StartAsync(_time, ca, _settings, _store, [Wishes.Of("shop.test")]);
        edge.Reach = (_, _) => "nobody is there";

        await edge.RunAsync(TimeSpan.FromMinutes(90));

        Assert.Equal(2, ca.FailedValidations.Count);
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Equal(Start.AddHours(5), edge.Status("shop.test").NextAttempt!.Value, TimeSpan.FromMinutes(1));
        Assert.Equal(2, ca.NewOrders.Count);
    }

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, new TestCa(_time), _settings, _store, []);
}
