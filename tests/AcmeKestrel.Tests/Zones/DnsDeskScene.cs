using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Proving;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Whoever writes records for orders and whoever removes them, in virtual time and without orders.</summary>
public abstract class DnsDeskScene : IAsyncLifetime
{
    /// <summary>A challenge's token.</summary>
    private protected const string Challenge = "token";

    private readonly CancellationTokenSource _over = new();
    private readonly MemoryStore _store;
    private readonly StateLease _lease;
    private Task _cleaning = Task.CompletedTask;

    private protected DnsDeskScene()
    {
        _store = new MemoryStore(Time);
        _lease = NewLease();
        Debts = new DnsDebts(Time);
        Desk = new DnsDesk(new DnsProviders(new DnsProviderTypes([], [new DnsProviderInCode("corp", _ => Zone), new DnsProviderInCode("other", _ => Other)], null!), Settings), Settings, new Nobody(), Debts, Time);
        Cleaner = new DnsCleaner(Desk, Debts, Time, NullLogger<DnsCleaner>.Instance, () => IsCommand);
        Settings.Dns = Written("corp");
    }

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected static DateTimeOffset Begun { get; } = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private protected FakeTimeProvider Time { get; } = new(Begun);

    private protected FakeZone Zone { get; } = new();

    /// <summary>What the other provider writes into.</summary>
    private protected FakeZone Other { get; } = new();

    private protected TestSettings Settings { get; } = new();

    private protected DnsDebts Debts { get; }

    private protected DnsDesk Desk { get; }

    private protected DnsCleaner Cleaner { get; }

    private protected bool IsCommand { get; set; }

    private protected StateSession Session { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _lease.TryTakeAsync(Token);
        Session = _lease.Session!;
        _cleaning = Cleaner.RunAsync(Session, _over.Token);
    }

    public virtual async ValueTask DisposeAsync()
    {
        await EndAsync();
        _over.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Settings by which this provider writes whatever has none of its own.</summary>
    private protected static DnsSettings Written(string by) => new() { Default = by, Providers = new(((string[])["corp", "other"]).ToDictionary(name => name, name => new DnsProviderSetting(name, null, new()))) };

    /// <summary>As an order does whose challenge has this token.</summary>
    private protected Task<DnsWritten> WriteAsync(string name, string token) => WriteAsync(Proof(name, token));

    private protected Task<DnsWritten> WriteAsync(params IReadOnlyList<DnsProof> proofs) => Desk.WriteAsync(Session, "shop.test", null, null, proofs, Token);

    private protected static DnsProof Proof(string name, string token)
    {
        var identifier = AcmeIdentifier.Parse(name);
        return new DnsProof(identifier, $"_acme-challenge.{identifier.BareName}", token, $"{token}.thumbprint");
    }

    private protected async Task<bool> IsOnRecordAsync(string token = Challenge) => await _store.ReadAsync(DnsLeftoverRecord.Key(token), Token) is not null;

    /// <summary>Whoever waits for a time may begin to after it was moved.</summary>
    private protected Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        if (condition()) return true;
        Time.Advance(TimeSpan.FromSeconds(1));
        return false;
    });

    /// <summary>Another process has the state from now on.</summary>
    private protected async Task LoseStateAsync()
    {
        await _lease.ReleaseAsync();
        Assert.True(await NewLease().TryTakeAsync(Token));
    }

    /// <summary>The process stops.</summary>
    private protected async Task EndAsync()
    {
        await _over.CancelAsync();
        await _cleaning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private StateLease NewLease() => new(_store, LeaseTimes.OfMachine, Time, NullLogger<StateLease>.Instance);

    private sealed class Nobody : ILabelWaker
    {
        public void Wake(string label)
        {
        }

        public void WakeBy(string label, DateTimeOffset time)
        {
        }
    }
}
