using System.Text.Json;
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
            var (state, cost) = (LedgerState.Empty, new[] { new LedgerCost("b", limit) });
            var (tokens, now) = ((double)count, Start);
            foreach (var wait in minutes)
            {
                now = now.AddMinutes(wait);
                tokens = Math.Min(count, tokens + (TimeSpan.FromMinutes(wait) / limit.Window * count));
                var given = state.RefusalOf(cost, now) is null;
                if (Math.Abs(tokens - 1) > 1e-6 && given != tokens >= 1) return false;
                if (!given) continue;
                state = state.Debit(cost, now);
                tokens--;
            }

            return true;
        });

    [Fact]
    public void One_account_has_one_budget_however_its_address_is_written()
    {
        var limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(3, TimeSpan.FromHours(3)), FailedAuthorizationsPerIdentifier = new RateLimit(3, TimeSpan.FromHours(3)) };

        var (one, other) = (AccountName.Of(_settings.Provider, "ops@example.test"), AccountName.Of(_settings.Provider, "Ops@Example.test"));

        Assert.Equal(LedgerCosts.Order(limits, one), LedgerCosts.Order(limits, other));
        Assert.Equal(LedgerCosts.Failure(limits, one, "a.test"), LedgerCosts.Failure(limits, other, "a.test"));
    }

    [Fact]
    public void A_refusal_says_when_the_next_token_is_there()
    {
        var (state, cost) = (LedgerState.Empty, new[] { new LedgerCost("b", new RateLimit(5, TimeSpan.FromHours(5))) });
        for (var i = 0; i < 5; i++) state = state.Debit(cost, Start);

        var refusal = state.RefusalOf(cost, Start);

        Assert.Equal(Start.AddHours(1), refusal!.Until);
        Assert.Null(state.RefusalOf(cost, refusal.Until));
    }

    [Fact]
    public async Task A_reservation_is_on_disk_when_it_is_made_and_is_not_taken_twice()
    {
        await using var edge = await StartAsync();
        var (ledger, cost) = (await edge.LedgerAsync(_settings.Provider), new[] { new LedgerCost("b", new RateLimit(2, TimeSpan.FromHours(1))) });

        await OrderJournal.BeginAsync(edge.Session, new PendingOrder("a", "a.test", "", "test", TestCa.DirectoryUrl, null, ["a.test"], AcmeKeyType.P256, null, [], false, Start, new OrderProgress.Intent()), Token);

        await ledger.ReserveAsync("a", cost, Token);
        await ledger.ReserveAsync("a", cost, Token);
        await edge.DisposeAsync();

        await using var restarted = await StartAsync();
        var again = await restarted.LedgerAsync(_settings.Provider);
        await again.ReserveAsync("a", cost, Token);
        Assert.Null(await again.ReserveAsync("b", cost, Token));
        Assert.NotNull(await again.ReserveAsync("c", cost, Token));
        await again.SettleAsync("a", spent: false, Token);
        Assert.Null(await again.ReserveAsync("c", cost, Token));
    }

    [Fact]
    public void What_was_debited_is_credited_whatever_the_limits_are_by_then()
    {
        var (then, now) = (new LedgerCost("b", new RateLimit(4, TimeSpan.FromHours(4))), new LedgerCost("b", new RateLimit(1, TimeSpan.FromHours(4))));
        var state = LedgerState.Empty.Debit([then], Start).Reserve("a", [then], Start);

        var settled = Json(state).Settle("a", spent: false, Start);

        Assert.Equal(Start.AddHours(1), settled.Buckets["b"]);
        Assert.NotNull(settled.RefusalOf([now], Start));
        Assert.Equal(Start.AddHours(2), Json(state).Settle("a", spent: true, Start).Buckets["b"]);
    }

    /// <summary>Its amounts are not known, so nothing of it is credited: too strict, and never too lax.</summary>
    [Fact]
    public void A_ledger_of_an_earlier_version_is_read()
    {
        var state = JsonSerializer.Deserialize("""{"buckets":{"b":"2026-11-23T14:00:00+00:00"},"reservations":{"a":["b"]}}""", LimitsJson.Default.LedgerState)!;

        Assert.Equal(Start.AddHours(2), state.Settle("a", spent: false, Start).Buckets["b"]);
    }

    [Fact]
    public async Task Debits_that_come_together_share_their_writes()
    {
        await using var edge = await StartAsync();
        var ledger = await edge.LedgerAsync(_settings.Provider);
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

    [Fact]
    public async Task A_request_after_a_clock_was_set_back_owes_one_window_at_most()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await using var edge = await StartAsync();
        var cost = LedgerCosts.Order(_settings.Limits, AccountName.Of(_settings.Provider, "ops@example.test"));
        var ledger = await edge.LedgerAsync(_settings.Provider);
        Assert.Null(await ledger.SpendAsync(cost, Token));
        _time.AdjustTime(Start.AddDays(-365));
        var refusal = await ledger.SpendAsync(cost, Token);
        Assert.InRange(refusal!.Until - _time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromHours(3.1));
    }

    [Fact]
    public async Task A_debit_made_while_the_clock_was_ahead_is_corrected_by_the_next_look()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await using var edge = await StartAsync();
        var cost = LedgerCosts.Order(_settings.Limits, AccountName.Of(_settings.Provider, "ops@example.test"));
        var ledger = await edge.LedgerAsync(_settings.Provider);
        ledger.Look(_settings.Limits);
        _time.AdjustTime(Start.AddDays(365));
        Assert.Null(await ledger.SpendAsync(cost, Token));
        _time.AdjustTime(Start.AddMinutes(1));
        var refusal = ledger.Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow());
        Assert.InRange(refusal!.Until - _time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromHours(3.1));
    }

    /// <summary>A machine without a battery begins in the past, until NTP has set its clock; what is written before that forgets nothing.</summary>
    [Theory]
    [InlineData(false, 30)]
    [InlineData(true, 30)]
    [InlineData(false, 2)]
    [InlineData(true, 2)]
    public async Task What_was_spent_is_known_after_a_clock_that_was_behind_for_a_moment(bool restarts, int days)
    {
        _settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(1, TimeSpan.FromDays(7)) };
        var cost = LedgerCosts.Certificate(_settings.Limits, [AcmeIdentifier.Parse("shop.test")], OrderKind.New);
        var edge = await StartAsync();
        Assert.Null(await (await edge.LedgerAsync(_settings.Provider)).SpendAsync(cost, Token));
        if (restarts) edge = await RestartAsync(edge);

        _time.AdjustTime(Start.AddDays(-days));
        if (restarts) edge = await RestartAsync(edge);
        await (await edge.LedgerAsync(_settings.Provider)).LearnAsync("http-01", worked: true, Token);
        Assert.NotNull((await edge.LedgerAsync(_settings.Provider)).Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow()));

        _time.AdjustTime(Start.AddDays(6));
        if (restarts) edge = await RestartAsync(edge);
        Assert.Equal(Start.AddDays(7), (await edge.LedgerAsync(_settings.Provider)).Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow())!.Until);
        _time.AdjustTime(Start.AddDays(7));
        Assert.Null((await edge.LedgerAsync(_settings.Provider)).Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow()));
        await edge.DisposeAsync();
    }

    /// <summary>Three hundred in three hours: all of them at noon, then the clock goes back by half a day, and before it is set right 150 are free again and 120 of these are spent.</summary>
    [Fact]
    public void What_was_spent_while_a_clock_was_behind_is_spent_when_it_is_set_right()
    {
        var limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(300, TimeSpan.FromHours(3)) };
        var cost = LedgerCosts.Order(limits, new AccountName(new CaKey("https://ca.test/dir"), null), new OrderClass(OrderKind.New, IsPressing: true));
        var state = Spent(LedgerState.Empty, 300, Start);

        var behind = Start.AddHours(-12);
        state = state.By(limits, Start, behind);
        Assert.NotNull(state.RefusalOf(cost, behind));
        state = Spent(state, 120, behind.AddHours(1.5));
        state = state.Reserve("never asked for", cost, behind.AddHours(1.5)).Settle("never asked for", spent: false, behind.AddHours(1.5));
        state = state.By(limits, behind.AddHours(1.5), Start.AddHours(1.5));

        Assert.Equal(30, Free(state, Start.AddHours(1.5)));
        Assert.Null(state.Former);

        LedgerState Spent(LedgerState from, int count, DateTimeOffset at) => Enumerable.Range(0, count).Aggregate(from, (spent, _) => spent.Debit(cost, at));

        int Free(LedgerState from, DateTimeOffset at)
        {
            var count = 0;
            for (; from.RefusalOf(cost, at) is null; count++) from = from.Debit(cost, at);
            return count;
        }
    }

    /// <summary>The clock that was ahead was wrong, and the one that goes on from there is right: what was spent since then is no day older.</summary>
    [Fact]
    public void What_was_spent_since_a_clock_was_set_back_counts_by_the_clock_that_goes_on()
    {
        var limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(2, TimeSpan.FromDays(7)) };
        var cost = LedgerCosts.Certificate(limits, [AcmeIdentifier.Parse("shop.test")], OrderKind.New);
        var state = LedgerState.Empty.By(limits, Start.AddDays(5), Start).Debit(cost, Start.AddHours(1));

        for (var now = Start.AddHours(1); now < Start.AddDays(9); now = now.AddHours(1)) state = state.By(limits, now.AddHours(-1), now);

        Assert.Equal(LedgerState.Empty.Debit(cost, Start.AddHours(1)).Buckets, state.Buckets);
        Assert.Null(state.Former);
    }

    [Fact]
    public async Task What_was_spent_is_known_after_a_clock_that_was_ahead_for_a_moment()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await using var edge = await StartAsync();
        var (ledger, cost) = (await edge.LedgerAsync(_settings.Provider), LedgerCosts.Order(_settings.Limits, AccountName.Of(_settings.Provider, "ops@example.test")));
        Assert.Null(await ledger.SpendAsync(cost, Token));

        _time.AdjustTime(Start.AddHours(5));
        await ledger.LearnAsync("http-01", worked: true, Token);
        _time.AdjustTime(Start.AddMinutes(1));

        Assert.Equal(Start.AddHours(3), ledger.Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow())!.Until);
    }

    /// <summary>By how much a clock was ahead, what it made look spent is not spent for longer than that and a window.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(365)]
    public async Task What_was_spent_by_a_clock_that_was_ahead_is_free_again(int days)
    {
        _settings.Limits = ProviderLimits.None with { CertificatesPerExactSet = new RateLimit(1, TimeSpan.FromDays(7)) };
        var cost = LedgerCosts.Certificate(_settings.Limits, [AcmeIdentifier.Parse("shop.test")], OrderKind.New);
        _time.AdjustTime(Start.AddDays(days));
        await using var edge = await StartAsync();
        var ledger = await edge.LedgerAsync(_settings.Provider);
        Assert.Null(await ledger.SpendAsync(cost, Token));

        _time.AdjustTime(Start);
        for (var day = 0; day < 7; day++)
        {
            Assert.NotNull(ledger.Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow()));
            _time.AdjustTime(_time.GetUtcNow().AddDays(1));
        }

        _time.AdjustTime(Start.AddDays(8));
        Assert.Null(ledger.Look(_settings.Limits).RefusalOf(cost, _time.GetUtcNow()));
    }

    [Fact]
    public async Task Smaller_limits_count_when_they_are_set()
    {
        var (wide, small) = (ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromDays(7)) }, ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(1)) });
        _settings.Limits = wide;
        await using var edge = await StartAsync();
        var account = AccountName.Of(_settings.Provider, "ops@example.test");
        var ledger = await edge.LedgerAsync(_settings.Provider);
        Assert.Null(await ledger.SpendAsync(LedgerCosts.Order(wide, account), Token));
        var refusal = ledger.Look(small).RefusalOf(LedgerCosts.Order(small, account), _time.GetUtcNow());
        Assert.InRange(refusal!.Until - _time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromHours(1.1));
    }

    private async Task<Edge> RestartAsync(Edge edge)
    {
        await edge.DisposeAsync();
        return await StartAsync();
    }

    private static LedgerState Json(LedgerState state) => JsonSerializer.Deserialize(JsonSerializer.Serialize(state, LimitsJson.Default.LedgerState), LimitsJson.Default.LedgerState)!;

    private Task<Edge> StartAsync() => Edge.StartAsync(_time, new TestCa(_time), _settings, _store, []);
}
