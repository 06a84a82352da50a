using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Whoever waits for an outcome gets the one of what is wished now.</summary>
public sealed class StatusBoardTests
{
    private readonly StatusBoard _board = new(new Edge.Publications());
    private readonly Wish _former = Wishes.Of("shop.test");
    private readonly Wish _present = Wishes.Of("shop.test", ["shop.test", "www.shop.test"]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_outcome_is_over_as_soon_as_another_wish_is_read()
    {
        Read(_former);
        Decide(_former);
        Assert.Single(await _board.WaitUntilSettledAsync(Token));

        Read(_present);
        var settled = _board.WaitUntilSettledAsync(Token);
        Assert.False(settled.IsCompleted);

        Decide(_present);
        Assert.Equal(["shop.test", "www.shop.test"], Assert.Single(await settled).Names);
    }

    /// <summary>A run that had begun with the former wish ends after the present one was read.</summary>
    [Fact]
    public async Task What_is_decided_for_a_former_wish_is_shown_and_settles_nothing()
    {
        Read(_present);
        Decide(_former);
        var settled = _board.WaitUntilSettledAsync(Token);
        Assert.Equal(["shop.test"], Assert.Single(_board.List()).Names);
        Assert.False(settled.IsCompleted);

        Decide(_present);
        Assert.Equal(["shop.test", "www.shop.test"], Assert.Single(await settled).Names);
    }

    /// <summary>What changed while they were read may not be among them.</summary>
    [Fact]
    public async Task A_change_while_the_wishes_are_read_is_waited_for()
    {
        var changes = _board.Changes;
        _board.WishesChange();
        Read(_former, changes);
        Decide(_former);
        var settled = _board.WaitUntilSettledAsync(Token);
        Assert.False(settled.IsCompleted);

        Read(_former);
        Decide(_former);
        Assert.Single(await settled);
    }

    private void Read(Wish wish, long? changes = null) => _board.ChangeWishes([new WishChange(wish.Label, null, wish)], fresh => (View(fresh), IsQuiet: false), [], changes ?? _board.Changes);

    private void Decide(Wish wish) => _board.On(new LabelEvent.Decided(View(wish), new Decision.Wait(new Obstacle(ObstacleKind.Idle, "nobody listens")), IsNews: false));

    private static LabelView View(Wish wish) => new(wish.Label, wish, null, Schedule.Empty);
}
