using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The CA issued, and the store does not take it.</summary>
public sealed class UncommittedTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly TestCa _ca;
    private int _refused;

    public UncommittedTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Nothing_is_served_that_was_not_committed_and_it_is_when_the_store_is_back()
    {
        TakeNoCertificates();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Contains("no certificates today", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.True(_refused > 1, "It was not tried again.");
        Assert.Empty(edge.Published.Current);

        await TakesAllAsync(edge);
        Assert.Equal((1, 1), (_ca.Orders.Count, _ca.Certificates.Count));
        Assert.Equal(GenerationRecord.Read(Assert.Single(_store.All(RecordKind.Certificate))).Id, edge.Published.Current["shop.test"].Id);
    }

    [Fact]
    public async Task A_renewed_one_that_was_not_committed_leaves_the_old_one_served()
    {
        await using (var before = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")])) await before.SettleAsync("shop.test");
        var old = GenerationRecord.Read(Assert.Single(_store.All(RecordKind.Certificate))).Id;
        _time.Advance(TimeSpan.FromDays(61));
        TakeNoCertificates();
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _store, [Wishes.Of("shop.test")]);
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.True(_refused > 1, "It was not tried again.");
        Assert.Equal((old, 2), (edge.Published.Current["shop.test"].Id, _ca.Certificates.Count));

        await TakesAllAsync(edge);
        Assert.Equal((2, 2), (_ca.Orders.Count, _ca.Certificates.Count));
        Assert.NotEqual(old, edge.Published.Current["shop.test"].Id);
        Assert.Contains(_store.All(RecordKind.Certificate), record => GenerationRecord.Read(record).Id == edge.Published.Current["shop.test"].Id);
    }

    private void TakeNoCertificates() => _store.BeforeWrite = key =>
    {
        if (key.Kind != RecordKind.Certificate) return;

        _refused++;
        throw new StoreUnavailableException("no certificates today");
    };

    private async Task TakesAllAsync(Edge edge)
    {
        _store.BeforeWrite = _ => { };
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
    }
}
