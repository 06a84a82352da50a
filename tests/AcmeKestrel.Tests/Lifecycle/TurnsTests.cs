using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Names that wait for a limit which all share, with the whole lifecycle behind them.</summary>
public sealed class TurnsTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestCa _ca;
    private readonly TestSettings _settings = new() { Limits = ProviderLimits.None with { NewOrdersPerAccount = new RateLimit(3, TimeSpan.FromHours(3)) } };

    public TurnsTests() => (_store, _ca) = (new TestStore(_time), new TestCa(_time));

    [Fact]
    public async Task Each_token_is_used_when_it_is_there_and_nobody_looks_at_each()
    {
        const int Names = 40;
        await using var edge = await StartAsync(Names);

        await edge.RunAsync(TimeSpan.FromHours(10) + TimeSpan.FromMinutes(1));

        Assert.Equal(3 + 10, _ca.NewOrders.Count);
        Assert.Equal(13, edge.Published.Current.Count);
        for (var order = 3; order < 13; order++) Assert.InRange(_ca.NewOrders[order] - _ca.NewOrders[0], TimeSpan.FromHours(order - 2), TimeSpan.FromHours(order - 2) + TimeSpan.FromSeconds(5));

        // Once at first, once in one to two hours, and those whose turn it is.
        var looks = edge.Events.All.Count(happened => happened is AcmeKestrel.Lifecycle.Telling.LabelEvent.Decided);
        Assert.InRange(looks, Names, Names * 12);
    }

    /// <summary>What cannot be read of one label keeps no other from its turn.</summary>
    [Fact]
    public async Task Whoever_cannot_be_looked_at_keeps_no_place()
    {
        await using var edge = await StartAsync(6);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var first = Enumerable.Range(0, 6).Select(i => $"n{i}.test").First(label => edge.Entry(label).Certificate is null);

        // It meets a surprise at each look from now on.
        _store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Order && key.Name == first) throw new InvalidOperationException("a defect");
        };
        await edge.RunAsync(TimeSpan.FromHours(4));

        Assert.Equal(5, edge.Published.Current.Count);
        Assert.DoesNotContain(first, edge.Published.Current.Keys);
    }

    /// <summary>It is not the same limit, though it is the same CA.</summary>
    [Fact]
    public async Task Nobody_waits_behind_the_names_of_another_account()
    {
        await using var edge = await StartAsync(6);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(3, edge.Published.Current.Count);

        edge.Wish(Wishes.Of("other.test") with { Email = "other@example.test" });
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.True(edge.Published.Current.ContainsKey("other.test"));
        Assert.Equal(4, edge.Published.Current.Count);
    }

    /// <summary>Each has its own line, and the first of each looks when its own token is there.</summary>
    [Fact]
    public async Task Two_accounts_use_the_tokens_of_both()
    {
        await using var edge = await StartAsync(5);
        for (var i = 0; i < 5; i++) edge.Wish(Wishes.Of($"o{i}.test") with { Email = "other@example.test" });

        await edge.RunAsync(TimeSpan.FromMinutes(121));

        Assert.Equal(10, edge.Published.Current.Count);
    }

    private Task<Edge> StartAsync(int names) => Edge.StartAsync(_time, _ca, _settings, _store, [.. Enumerable.Range(0, names).Select(i => Wishes.Of($"n{i}.test"))]);
}
