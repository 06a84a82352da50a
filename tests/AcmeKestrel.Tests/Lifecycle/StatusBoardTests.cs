using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;

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

    [Fact]
    public async Task Whoever_watches_sees_each_label_as_it_is_and_then_what_changes()
    {
        Read(_former);
        Decide(_former);
        await using var seen = _board.WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.Equal("shop.test Held", await NextAsync(seen));

        // Nothing changes by a second look; what changes twice before it is taken is seen once.
        _board.LookAgain(["shop.test"]);
        var next = NextAsync(seen);
        Assert.False(next.IsCompleted);
        _board.ChangeWishes([new WishChange("other.test", null, Wishes.Of("other.test"))], fresh => (View(fresh), IsQuiet: true), [], _board.Changes);
        Assert.Equal("other.test Served", await next);
        Decide(Wishes.Of("other.test"));
        Decide(Wishes.Of("other.test"));
        Assert.Equal("other.test Held", await NextAsync(seen));

        _board.ChangeWishes([], fresh => (View(fresh), IsQuiet: true), [new DesiredProblem("Acme:Domains:7", "is none."), new DesiredProblem("Acme:Domains:7", "is no other.")], _board.Changes);
        Assert.Equal("Acme:Domains:7 Held", await NextAsync(seen));
        Assert.Equal("Acme:Domains:7 Held", await NextAsync(seen));

        // The same problems once more are no change.
        next = NextAsync(seen);
        _board.ChangeWishes([], fresh => (View(fresh), IsQuiet: true), [new DesiredProblem("Acme:Domains:7", "is none."), new DesiredProblem("Acme:Domains:7", "is no other.")], _board.Changes);
        _board.ChangeWishes([], fresh => (View(fresh), IsQuiet: true), [], _board.Changes);
        Assert.Equal("Acme:Domains:7 gone", await next);
        _board.On(new LabelEvent.Decided(View(_former) with { Wish = null }, new Decision.Rest(), IsNews: false));
        Assert.Equal("shop.test gone", await NextAsync(seen));
    }

    [Fact]
    public async Task More_labels_than_are_told_at_once_are_all_seen()
    {
        Wish[] many = [.. Enumerable.Range(0, 1000).Select(number => Wishes.Of($"n{number}.test"))];
        _board.ChangeWishes([.. many.Select(wish => new WishChange(wish.Label, null, wish))], fresh => (View(fresh), IsQuiet: false), [], _board.Changes);

        var seen = new HashSet<string>();
        await foreach (var change in _board.WatchAsync(Token))
        {
            Assert.True(seen.Add(change.Label));
            if (seen.Count == many.Length) break;
        }
    }

    /// <summary>The status of a label is written for somebody who reads it, and who waits reads none before all are settled.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    public async Task While_somebody_waits_and_somebody_watches_a_change_costs_the_status_of_its_own_label(int others)
    {
        var publisher = new CountingPublisher();
        var board = new StatusBoard(publisher);
        Wish[] many = [.. Enumerable.Range(0, others).Select(number => Wishes.Of($"n{number}.test"))];
        board.ChangeWishes([.. many.Append(_former).Select(wish => new WishChange(wish.Label, null, wish))], fresh => (View(fresh), IsQuiet: false), [], board.Changes);
        var settled = board.WaitUntilSettledAsync(Token);
        await using var seen = board.WatchAsync(Token).GetAsyncEnumerator(Token);
        for (var label = 0; label < others + 1; label++) await NextAsync(seen);
        publisher.Written = 0;

        foreach (var wish in many)
        {
            var next = NextAsync(seen);
            Decide(board, wish);
            Assert.Equal($"{wish.Label} Held", await next);
        }

        Assert.Equal((false, others), (settled.IsCompleted, publisher.Written));
        Decide(board, _former);
        Assert.Equal(others + 1, (await settled).Count);
        Assert.Equal(others + others + 1, publisher.Written);
    }

    private static async Task<string> NextAsync(IAsyncEnumerator<AcmeStatusChange> seen)
    {
        Assert.True(await seen.MoveNextAsync());
        return $"{seen.Current.Label} {seen.Current.Status?.State.ToString() ?? "gone"}";
    }

    private void Read(Wish wish, long? changes = null) => _board.ChangeWishes([new WishChange(wish.Label, null, wish)], fresh => (View(fresh), IsQuiet: false), [], changes ?? _board.Changes);

    private void Decide(Wish wish) => Decide(_board, wish);

    private static void Decide(StatusBoard board, Wish wish) => board.On(new LabelEvent.Decided(View(wish), new Decision.Wait(new Obstacle(ObstacleKind.Idle, "nobody listens")), IsNews: false));

    private static LabelView View(Wish wish) => new(wish.Label, wish, null, Schedule.Empty);

    private sealed class CountingPublisher : ICertificatePublisher
    {
        /// <summary>Statuses: each says whether visitors can be shown what it is about.</summary>
        public int Written { get; set; }

        public string? Unreachable
        {
            get
            {
                Written++;
                return null;
            }
        }

        public void Publish(CertificateFacts stored)
        {
        }

        public void Publish(Generation generation)
        {
        }

        public void PublishFound(Generation generation)
        {
        }

        public void ChangeWishes(IReadOnlyCollection<WishChange> changes)
        {
        }

        public void Withdraw(string label)
        {
        }
    }
}
