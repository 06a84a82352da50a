namespace AcmeKestrel.Tests.Fleet;

/// <summary>Every history of three nodes with some troubles: who takes which step when, who dies, when the lease lapses under whom.</summary>
public sealed class FleetModelTests
{
    [Fact]
    public void Whoever_lost_the_state_writes_nothing_and_no_intent_has_two_certificates()
    {
        var states = Explore(FleetModel.Of(nodes: 3, troubles: 3));

        Assert.True(states.Count > 10_000, $"Only {states.Count} states.");
        Assert.All(states.Values, state => AssertSound(state.State, state.Troubles));
    }

    /// <summary>Only one that was about to ask while its lease ended asks twice.</summary>
    [Fact]
    public void Where_the_CA_lists_orders_a_death_costs_none()
    {
        var states = Explore(FleetModel.Of(nodes: 3, troubles: 3) with { ListsOrders = true });

        Assert.True(states.Count > 10_000, $"Only {states.Count} states.");
        Assert.All(states.Values, state => AssertSound(state.State, state.State.Lapses));
    }

    [Fact]
    public void Where_it_does_not_a_death_costs_one() => Assert.Contains(Explore(FleetModel.Of(nodes: 3, troubles: 1)).Values, state => state.State is { Lapses: 0, Orders.Count: 2 });

    [Fact]
    public void Whatever_happened_the_living_come_to_the_certificate()
    {
        var states = Explore(FleetModel.Of(nodes: 3, troubles: 2));

        Assert.All(states.Values, state => Assert.True(state.State.Next().Any() || state.State.Engine.Records.Stage == FleetModel.Stage.Committed, state.State.Print));
    }

    /// <summary>A lost write may cost another order; but never does one write after another one that took over from it: tokens go by the clock, which is not lost with the rest, and whose lease was lost is refused. Lost one at a time, they cost no second certificate.</summary>
    [Fact]
    public void An_engine_that_loses_its_last_writes_lets_nobody_write_who_lost_the_state()
    {
        var states = Explore(FleetModel.Of(nodes: 3, troubles: 2) with { MayLoseWrites = true });

        Assert.True(states.Count > 5_000, $"Only {states.Count} states.");
        Assert.Null(states.Values.FirstOrDefault(state => state.State.Fault is not null).State?.Print);
        Assert.Contains(states.Values, state => state.State.Orders.Count == 3);
        Assert.DoesNotContain(states.Values, state => state.State.Orders.Count(done => done) > 1);
    }

    /// <summary>What the model finds where there is something to find.</summary>
    [Fact]
    public void Without_fences_it_would_happen() => Assert.Contains(Explore(FleetModel.Of(nodes: 2, troubles: 1) with { IsUnfenced = true }).Values, state => state.State.Fault is not null);

    [Fact]
    public void With_tokens_that_are_lost_with_the_rest_it_would_happen() =>
        Assert.Contains(Explore(FleetModel.Of(nodes: 2, troubles: 2) with { MayLoseWrites = true, CountsTokens = true }).Values, state => state.State.Fault is not null);

    [Fact]
    public void With_tokens_that_the_engine_does_not_know_it_would_happen() =>
        Assert.Contains(Explore(FleetModel.Of(nodes: 2, troubles: 2) with { MayLoseWrites = true, TakesUnknownTokens = true }).Values, state => state.State.Fault is not null);

    /// <summary>At most one certificate, and an order without one for each trouble.</summary>
    private static void AssertSound(FleetModel state, int troubles)
    {
        Assert.True(state.Fault is null, state.Print);
        Assert.True(state.Orders.Count(done => done) <= 1, state.Print);
        Assert.True(state.Orders.Count <= 1 + troubles, state.Print);
        if (state.Engine.Records is { Stage: FleetModel.Stage.Committed, Order: { } order }) Assert.True(state.Orders[order], state.Print);
    }

    private static Dictionary<string, (FleetModel State, int Troubles)> Explore(FleetModel from)
    {
        var seen = new Dictionary<string, (FleetModel State, int Troubles)> { [from.Print] = (from, 0) };
        var next = new Queue<FleetModel>([from]);
        while (next.TryDequeue(out var state))
        {
            foreach (var (_, then) in state.Next())
            {
                if (seen.TryAdd(then.Print, (then, from.TroublesLeft - then.TroublesLeft))) next.Enqueue(then);
            }
        }

        return seen;
    }
}
