using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary>A visit is put on record after somebody said that the name is allowed still: whatever ails that answer for one name is no other name's affair.</summary>
public sealed class VisitQuestionTests : OnDemandEdge
{
    /// <summary>One damaged row of a customer's is one customer's affair.</summary>
    [Fact]
    public async Task A_name_that_nobody_can_answer_for_holds_up_no_other_name()
    {
        await using var edge = await StartAsync();
        Permission = name => name != "shop.customer-0.test" ? true : throw new InvalidOperationException("a damaged row");
        await VisitAsync(edge, names: 5);

        await KeepAsync(edge);
        await KeepAsync(edge);

        Assert.Equal(5 + 4, Written);
        Assert.Equal(2, Asked.Count(name => name == "shop.customer-0.test"));
    }

    [Fact]
    public async Task A_name_whose_record_cannot_be_written_holds_up_no_other_name()
    {
        await using var edge = await StartAsync();
        await VisitAsync(edge, names: 5);
        var write = Store.BeforeWrite;
        Store.BeforeWrite = key =>
        {
            if (key.Name == "shop.customer-0.test") throw new StoreUnavailableException("it cannot be written");
            write(key);
        };

        await KeepAsync(edge);

        Assert.Equal(5 + 4, Written);
    }

    /// <summary>Where nobody answers at all, a thousand names need not find it out.</summary>
    [Fact]
    public async Task After_three_that_nobody_can_answer_for_the_others_come_first_at_the_next_look()
    {
        await using var edge = await StartAsync();
        Permission = _ => throw new InvalidOperationException("the database is away");
        await VisitAsync(edge, names: 5);

        await KeepAsync(edge);
        Assert.Equal(3, Asked.Count);
        await KeepAsync(edge);
        Assert.Equal(5, Asked.Distinct().Count());

        Permission = _ => true;
        await KeepAsync(edge);
        Assert.Equal(5 + 5, Written);
    }

    /// <summary>Whoever has the state next may be another process, and comes back.</summary>
    [Fact]
    public async Task What_is_not_on_record_when_the_state_goes_to_another_process_is_not_forgotten()
    {
        await using var edge = await StartAsync(Name);
        await RunAsync(edge, 10);
        Permission = _ => throw new InvalidOperationException("the database is away");
        Visits.Marked.Add(Name);
        using var lost = new CancellationTokenSource();
        var keeping = edge.Get<OnDemandKeeper>().RunAsync(edge.Session, lost.Token);
        await Eventually.TrueAsync(() => Asked.Count > 0);

        await lost.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => keeping);

        Assert.True(edge.Get<OnDemandWishes>().TakeMiss(Name));
    }

    [Fact]
    public async Task Switched_off_while_it_is_asked_nothing_goes()
    {
        await using var edge = await StartAsync();
        var onDemand = Settings.OnDemand;
        Permission = _ =>
        {
            Settings.OnDemand = null;
            return true;
        };
        await VisitAsync(edge, names: 3);
        await KeepAsync(edge);
        Assert.Equal((3, 1), (Names.Count, Asked.Count));

        (Settings.OnDemand, Permission) = (onDemand, _ => true);
        await KeepAsync(edge);
        Assert.Equal((3, 3 + 3), (Names.Count, Written));
    }

    /// <summary>New names, and ten days later a visitor of each.</summary>
    private async Task VisitAsync(Edge edge, int names)
    {
        for (var i = 0; i < names; i++) Assert.Null(await edge.Get<OnDemandRegister>().WishAsync($"shop.customer-{i}.test", Token));
        await edge.RunAsync(TimeSpan.FromDays(10));
        for (var i = 0; i < names; i++) Visits.Marked.Add($"shop.customer-{i}.test");
    }
}
