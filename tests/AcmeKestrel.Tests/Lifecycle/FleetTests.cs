using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration.Stores;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Telemetry;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Several machines on one store that is no folder of theirs.</summary>
public sealed class FleetTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly EngineStore _store;
    private readonly TestSettings _settings = new();
    private readonly TestCa _ca;

    /// <summary>Those that had a secret when they were looked at last.</summary>
    private readonly HashSet<RecordKind> _kinds = [];

    public FleetTests() => (_store, _ca) = (new EngineStore(new MemoryStore(_time)), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The CA's probe comes to any of them, and the CA is asked only when all of them know the answer.</summary>
    [Theory]
    [InlineData(ChallengeTypes.Http01)]
    [InlineData(ChallengeTypes.TlsAlpn01)]
    public async Task A_probe_that_reaches_a_machine_without_the_state_is_answered(string challenge)
    {
        var wish = Wishes.Of("shop.test", ["shop.test", "www.shop.test"], challenges: [challenge]);
        await using var first = await Edge.StartAsync(_time, _ca, _settings, _store, [wish]);
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, [wish]);
        var probes = 0;
        _ca.Probe = async (type, identifier, token) =>
        {
            probes++;
            var asker = new Asker(null, AsksForOurs: true);
            var serverName = AcmeIdentifier.TryParse(identifier, out var name, out _) ? LiveAnswers.ServerName(name) : identifier;
            var found = type == ChallengeTypes.Http01 ? await second.Live.FindHttp01Async(identifier, token, asker, Token) : (await second.Live.FindTlsAlpn01Async(serverName, asker, Token))?.KeyAuthorization;
            return found?.StartsWith(token + ".", StringComparison.Ordinal) is true ? null : "no answer";
        };

        Assert.Equal(AcmeCertificateState.Served, (await first.SettleAsync("shop.test")).State);

        Assert.Equal(2, probes);
        await foreach (var left in _store.ListEntriesAsync(new StoreQuery(RecordKind.Answer), Token)) Assert.Fail($"{left.Key} is left behind.");
    }

    [Fact]
    public async Task What_a_dead_machine_was_showing_goes_when_another_one_takes_over()
    {
        await using var first = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        var answer = new StoredAnswerText("shop.test");
        await first.Session.WriteAsync(answer.Key, answer.Content, Token);
        await first.Get<StateLease>().ReleaseAsync();

        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, []);

        Assert.Null(await _store.ReadAsync(answer.Key, Token));
    }

    [Fact]
    public async Task A_machine_that_dies_is_followed_when_its_lease_ends()
    {
        await using var first = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        Assert.Null(second.Get<StateLease>().Session);

        _time.Advance(StoreSettings.UsualLease - TimeSpan.FromSeconds(1));
        Assert.False(await second.Get<StateLease>().KeepAsync(Token));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await second.Get<StateLease>().KeepAsync(Token));
        await Assert.ThrowsAsync<StoreConflictException>(() => first.Session.WriteAsync(new RecordKey(RecordKind.Schedule, "shop.test"), new RecordContent([new RecordPart("x", new byte[1])]), Token).AsTask());
    }

    /// <summary>One ledger for all: the other one was there before anything was spent, and had no part in it.</summary>
    [Fact]
    public async Task What_a_dead_machine_spent_of_a_limit_the_next_one_counts()
    {
        _settings.Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(1, TimeSpan.FromHours(3)) };
        await using var first = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await using var second = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test"), Wishes.Of("next.test")]);
        _ca.Probe = first.ProbeAsync;
        Assert.Equal(AcmeCertificateState.Served, (await first.SettleAsync("shop.test")).State);

        await second.PassTimeAsync(_time.GetUtcNow() + StoreSettings.UsualLease);
        await second.RunAsync(TimeSpan.FromHours(2));
        Assert.NotNull(second.Get<StateLease>().Session);
        Assert.Equal((AcmeCertificateState.Served, AcmeCertificateState.Held), (second.Status("shop.test").State, second.Status("next.test").State));
        Assert.Single(_ca.NewOrders);

        _ca.Probe = second.ProbeAsync;
        await second.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal((AcmeCertificateState.Served, 2), (second.Status("next.test").State, _ca.NewOrders.Count));
    }

    /// <summary>A machine without the state is well, and one that reaches no store is not; whoever has the state learns of it before the lease is over.</summary>
    [Fact]
    public async Task Health_tells_of_a_store_that_is_away_and_not_of_another_machine_that_orders()
    {
        var flaky = new FlakyStore(_store);
        await using var first = await Edge.StartAsync(_time, _ca, _settings, flaky, []);
        await using var second = await Edge.StartAsync(_time, _ca, _settings, flaky, []);
        Assert.Equal((null, null), (first.Get<StateLease>().Trouble, second.Get<StateLease>().Trouble));

        (flaky.Leasing, flaky.Renewing) = (Away, Away);
        Assert.False(await first.Get<StateLease>().KeepAsync(Token));
        Assert.False(await second.Get<StateLease>().KeepAsync(Token));
        Assert.Equal(("away", "away"), (first.Get<StateLease>().Trouble, second.Get<StateLease>().Trouble));
        var health = await first.Get<AcmeHealthCheck>().CheckHealthAsync(new HealthCheckContext { Registration = new HealthCheckRegistration("acme", _ => null!, null, null) }, Token);
        Assert.Equal((HealthStatus.Degraded, "0 of 0 certificates are good; nothing is ordered: away"), (health.Status, health.Description));

        (flaky.Leasing, flaky.Renewing) = (() => { }, () => { });
        Assert.False(await first.Get<StateLease>().KeepAsync(Token));
        Assert.False(await second.Get<StateLease>().KeepAsync(Token));
        Assert.Equal((null, null), (first.Get<StateLease>().Trouble, second.Get<StateLease>().Trouble));

        static void Away() => throw new StoreUnavailableException("away");
    }

    /// <summary>An order in flight has the next certificate's key, and what is shown to the CA is a secret, too.</summary>
    [Fact]
    public async Task Secrets_that_lie_open_are_encrypted_by_whoever_has_the_state()
    {
        await using (var before = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]))
        {
            await before.SettleAsync("shop.test");
            _ca.ValidationLooks = 1000;
            before.Wish(Wishes.Of("slow.test"));
            await before.RunAsync(TimeSpan.FromSeconds(3));
        }

        Assert.All(await SecretsAsync(), part => Assert.False(SecretParts.IsProtected(part)));
        Assert.Equal(["account", "answer", "certificate", "order"], _kinds.Select(kind => kind.Name).Order());
        _time.Advance(TimeSpan.FromMinutes(1));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, new ProtectedStore(_store, new EphemeralDataProtectionProvider()), [Wishes.Of("shop.test"), Wishes.Of("slow.test")]);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var round = edge.Get<IEnumerable<IStateDuty>>().OfType<SecretsRound>().Single().RunAsync(edge.Session, stop.Token);
        await Eventually.TrueAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(await edge.Get<StateLease>().KeepAsync(Token));
            return (await SecretsAsync()).TrueForAll(SecretParts.IsProtected);
        });

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
        Assert.All(await SecretsAsync(), part => Assert.True(SecretParts.IsProtected(part)));
        Assert.Equal(4, _kinds.Count);
        _ca.ValidationLooks = 0;
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("slow.test").State);
        Assert.Equal(2, _ca.Orders.Count);
    }

    /// <summary>It is encrypted within the hour, when it can be; a round that ended there would never come to those behind it.</summary>
    [Fact]
    public async Task One_secret_that_cannot_be_written_now_keeps_no_other_one_open()
    {
        await using (var before = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")])) await before.SettleAsync("shop.test");
        var isAway = true;
        var flaky = new FlakyStore(_store) { Writing = key => isAway && key.Kind == RecordKind.Account ? throw new StoreUnavailableException("It does not answer.") : Task.CompletedTask };
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, new ProtectedStore(flaky, new EphemeralDataProtectionProvider()), [Wishes.Of("shop.test")]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var round = edge.Get<IEnumerable<IStateDuty>>().OfType<SecretsRound>().Single().RunAsync(edge.Session, stop.Token);

        await Eventually.TrueAsync(async () =>
        {
            Assert.False(round.IsFaulted, round.Exception?.Message);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.False(await edge.Get<StateLease>().KeepAsync(Token));
            return (await SecretsAsync()).Count(part => !SecretParts.IsProtected(part)) == 1;
        });

        (isAway, var since) = (false, _time.GetUtcNow());
        await Eventually.TrueAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(20));
            Assert.False(await edge.Get<StateLease>().KeepAsync(Token));
            return (await SecretsAsync()).TrueForAll(SecretParts.IsProtected);
        });
        Assert.InRange(_time.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromHours(22));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
    }

    /// <summary>The setting is missing on one of them: it would write the next secrets in plain text, and nobody else could order.</summary>
    [Fact]
    public async Task A_machine_that_encrypts_nothing_says_what_is_encrypted_and_leaves_the_orders_to_others()
    {
        var keys = new EphemeralDataProtectionProvider();
        await using (var before = await Edge.StartAsync(_time, _ca, _settings, new ProtectedStore(_store, keys), [Wishes.Of("shop.test")])) await before.SettleAsync("shop.test");

        await using var without = await Edge.StartAsync(_time, _ca, _settings, new PlainStore(_store), [Wishes.Of("shop.test"), Wishes.Of("new.test")]);
        await without.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal("the accounts of this state are encrypted, and Acme:Store:ProtectSecrets is off here", without.Get<StateLease>().Trouble);
        Assert.Equal(AcmeCertificateState.Held, without.Status("new.test").State);
        Assert.Single(_ca.Orders);

        await using var with = await Edge.StartAsync(_time, _ca, _settings, new ProtectedStore(_store, keys), [Wishes.Of("new.test")]);
        Assert.Equal(AcmeCertificateState.Served, (await with.SettleAsync("new.test")).State);
        Assert.All(await SecretsAsync(), part => Assert.True(SecretParts.IsProtected(part)));
    }

    private async Task<List<RecordPart>> SecretsAsync()
    {
        var secrets = new List<RecordPart>();
        _kinds.Clear();
        foreach (var kind in (RecordKind[])[RecordKind.Account, RecordKind.Certificate, RecordKind.Order, RecordKind.Answer])
        {
            await foreach (var record in _store.ListAsync(new StoreQuery(kind), Token))
            {
                secrets.AddRange(record.Content.Parts.Where(part => part.Secret));
                _kinds.Add(kind);
            }
        }

        return secrets;
    }

    private sealed record StoredAnswerText(string Name)
    {
        public RecordKey Key => AcmeKestrel.Lifecycle.Ordering.StoredAnswers.KeyOfServerName(Name);

        public RecordContent Content => AcmeKestrel.Lifecycle.Ordering.StoredAnswers.Content(new ChallengeAnswer(ChallengeTypes.TlsAlpn01, AcmeIdentifier.Parse(Name), "token", "token.x"));
    }
}
