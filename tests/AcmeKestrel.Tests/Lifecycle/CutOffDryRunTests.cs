using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Management;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What a kill leaves of a dry run is given up, however far it had come: its certificate is nobody's.</summary>
public sealed class CutOffDryRunTests
{
    private readonly WaitedTime _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;

    public CutOffDryRunTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("answering")]
    [InlineData("finalizing")]
    [InlineData("downloading")]
    public async Task Nothing_of_it_is_stored_published_or_told(string state)
    {
        var wish = Wishes.Of("shop.test");
        var death = new Death(int.MaxValue);
        await using (var dying = await Edge.StartAsync(_time, _ca, _settings, new DyingAt(_store, state, death), [], () => new Death.Transport(_ca.Transport(), death)))
        {
            var trial = dying.Get<DryRun>().RunAsync(dying.Session, wish, wish.Required, _settings.Provider, ChallengeTypes.Http01, Token);
            await Assert.ThrowsAnyAsync<Exception>(() => _time.PassUntilAsync(trial, Token));
        }

        Assert.True(death.HasCome);
        Assert.Single(_store.All(RecordKind.Order));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, []);
        edge.Wake(edge.Get<Labels>().All.Select(entry => entry.Label));
        await edge.RunAsync(TimeSpan.FromMinutes(5));

        Assert.Empty(_store.All(RecordKind.Order));
        Assert.Empty(_store.All(RecordKind.Certificate));
        Assert.Empty(_store.All(RecordKind.HookDelivery));
        Assert.Empty(edge.Published.Current);
        Assert.DoesNotContain(edge.Events.All, happened => happened is LabelEvent.Issued);
    }

    /// <summary>Killed right after that progress of an order is on disk.</summary>
    private sealed class DyingAt(IAcmeStore inner, string state, Death death) : DelegatingStore(new Death.Store(inner, death))
    {
        public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
        {
            var version = await base.WriteAsync(write, cancellationToken);
            if (write.Key.Kind == RecordKind.Order && System.Text.Encoding.UTF8.GetString(write.Content.Find("order.json")!.Value.Span).Contains($"\"{state}\"", StringComparison.Ordinal)) death.Come();
            death.Check();
            return version;
        }
    }
}
