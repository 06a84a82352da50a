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

/// <summary>DNS providers that do not heed their deadline, and write when nobody waits for them any more.</summary>
public sealed class LateWriterTests : IAsyncLifetime
{
    private const string Challenge = "token";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeZone _zone = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _end = new();
    private readonly CancellationTokenSource _over = new();
    private readonly DnsDesk _desk;
    private readonly DnsCleaner _cleaner;
    private readonly MemoryStore _store;
    private StateSession _session = null!;
    private Task _cleaning = Task.CompletedTask;

    public LateWriterTests()
    {
        _store = new MemoryStore(_time);
        var settings = new TestSettings { Dns = new DnsSettings { Default = "corp", Providers = new Dictionary<string, DnsProviderSetting> { ["corp"] = new("corp", null, new Dictionary<string, string?>()) } } };
        _desk = new DnsDesk(new DnsProviders(new DnsProviderTypes([], [new DnsProviderInCode("corp", _ => _zone)], null!), settings), settings, new Nobody(), _time);
        _cleaner = new DnsCleaner(_desk, _time, NullLogger<DnsCleaner>.Instance);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var lease = new StateLease(_store, LeaseTimes.OfMachine, _time, NullLogger<StateLease>.Instance);
        await lease.TryTakeAsync(Token);
        _session = lease.Session!;
        _cleaning = _cleaner.RunAsync(_session, _over.Token);
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await EndAsync();
        _over.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_written_after_the_deadline_is_removed_when_it_is_there(bool keepsItsThread)
    {
        var go = new TaskCompletionSource();
        _zone.Adding = _ =>
        {
            _begun.TrySetResult();
            if (keepsItsThread) go.Task.Wait(Token);
            return go.Task;
        };

        Assert.Equal("no answer within 120 s", (await GiveUpAsync()).Faults["*.shop.test"]);

        // What he may have written already goes at once; what he may write yet is still on record.
        await Eventually.TrueAsync(() => _zone.Done.SequenceEqual(["remove _acme-challenge.shop.test"]) && _desk.FindLateWriter(Challenge) is not null);
        Assert.True(await IsOnRecordAsync());

        go.SetResult();

        await Eventually.TrueAsync(() => _zone.Done.SequenceEqual(["remove _acme-challenge.shop.test", "add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"]));
        while (await IsOnRecordAsync()) await Task.Yield();
        Assert.Empty(_zone.Names);
        Assert.Null(_desk.FindLateWriter(Challenge));
    }

    [Fact]
    public async Task One_that_fails_in_the_end_leaves_nothing_on_record_either()
    {
        var go = new TaskCompletionSource();
        _zone.Adding = _ =>
        {
            _begun.TrySetResult();
            return go.Task;
        };
        await GiveUpAsync();
        await Eventually.TrueAsync(() => _zone.Done.Count == 1);

        go.SetException(new InvalidOperationException("out of luck"));

        while (await IsOnRecordAsync()) await Task.Yield();
        Assert.Equal(["remove _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], _zone.Done);
    }

    /// <summary>The next process finds it, and removes it.</summary>
    [Fact]
    public async Task A_process_that_ends_before_he_has_written_leaves_it_on_record()
    {
        _zone.Adding = _ =>
        {
            _begun.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        await GiveUpAsync();
        await Eventually.TrueAsync(() => _zone.Done.Count == 1);

        await EndAsync();

        Assert.True(await IsOnRecordAsync());
    }

    /// <summary>He is left behind as everywhere, and asked again; what others are to remove waits for no more than that.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task One_that_never_returns_from_removing_holds_up_no_other_record_for_good(bool keepsItsThread)
    {
        var asked = 0;
        _zone.Removing = record =>
        {
            if (record.Domain != "stuck.test") return Task.CompletedTask;
            Interlocked.Increment(ref asked);
            _begun.TrySetResult();
            if (keepsItsThread) _end.Task.Wait(Token);
            return _end.Task;
        };
        foreach (var name in (string[])["stuck.test", "club.test"])
        {
            var written = await _desk.WriteAsync(_session, name, null, null, [new DnsProof(AcmeIdentifier.Parse(name), $"_acme-challenge.{name}", name, $"{name}.thumbprint")], Token);
            Assert.Empty(written.Faults);
        }

        _cleaner.Owe("stuck.test");
        await _begun.Task.WaitAsync(Token);
        _cleaner.Owe("club.test");
        _time.Advance(DnsDesk.LongestCall);

        await Eventually.TrueAsync(async () => _zone.Done.Contains("remove _acme-challenge.club.test") && !await IsOnRecordAsync("club.test"));
        Assert.True(await IsOnRecordAsync("stuck.test"));
        Assert.Equal(["_acme-challenge.stuck.test"], _zone.Names);

        // Asked once more he does not return either, and then he does.
        await AdvanceUntilAsync(() => Volatile.Read(ref asked) == 2);
        _end.SetResult();
        await Eventually.TrueAsync(async () => !_zone.Names.Any() && !await IsOnRecordAsync("stuck.test"));
    }

    /// <summary>The order has failed, and its record is needed no more.</summary>
    private async Task<DnsWritten> GiveUpAsync()
    {
        var proof = new DnsProof(AcmeIdentifier.Parse("*.shop.test"), "_acme-challenge.shop.test", Challenge, $"{Challenge}.thumbprint");
        var writing = _desk.WriteAsync(_session, "*.shop.test", null, null, [proof], Token);
        await _begun.Task.WaitAsync(Token);
        _time.Advance(DnsDesk.LongestCall);
        var written = await writing;
        _cleaner.Owe(Challenge);
        return written;
    }

    /// <summary>Whoever waits for a time may begin to after it was moved.</summary>
    private Task AdvanceUntilAsync(Func<bool> condition) => Eventually.TrueAsync(() =>
    {
        if (condition()) return true;
        _time.Advance(TimeSpan.FromSeconds(1));
        return false;
    });

    private async Task<bool> IsOnRecordAsync(string token = Challenge) => await _store.ReadAsync(DnsLeftoverRecord.Key(token), Token) is not null;

    private async Task EndAsync()
    {
        await _over.CancelAsync();
        await _cleaning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

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
