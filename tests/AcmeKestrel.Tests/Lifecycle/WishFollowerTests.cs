using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Who is looked at again after a change, and when.</summary>
public sealed class WishFollowerTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { Other = new TestSettings { DirectoryUrl = "https://other.test/dir" }.Provider with { Name = "other" } };
    private readonly Labels _labels = new();
    private readonly WokenLabels _woken = new();
    private readonly ScriptedFeed _feed = new();
    private readonly Edge.Publications _published = new();
    private readonly StatusBoard _board;
    private readonly WishFollower _follower;

    public WishFollowerTests()
    {
        _board = new StatusBoard(_published);
        _follower = new WishFollower(_feed, _settings, _labels, _board, _published, _woken, new AlwaysActive(), _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_wakes_the_labels_whose_wish_it_is_and_no_other()
    {
        await FollowAsync(Wishes.Of("a.test"), Wishes.Of("b.test"), Wishes.Of("c.test"));
        Assert.Equal("a.test b.test c.test", _woken.Take());

        _feed.Change(Wishes.Of("a.test"), Wishes.Of("b.test", ["b.test", "www.b.test"]), Wishes.Of("d.test"));
        await ReadAsync();

        Assert.Equal("b.test c.test d.test", _woken.Take());
        Assert.Equal("a.test b.test c.test d.test", string.Join(' ', _labels.All.Select(entry => entry.Label).Order()));
        Assert.Equal(["a.test", "b.test", "d.test"], _published.Wishes.Select(wish => wish.Label).Order());
    }

    [Fact]
    public async Task Other_settings_wake_the_labels_that_they_concern()
    {
        Store("left.test", days: 60);
        await FollowAsync(Wishes.Of("a.test"), Wishes.Of("b.test") with { Provider = "other" });
        _woken.Take();

        (_settings.MaxLoaded, _settings.HotNames) = (7, 9);
        await ReadAsync();
        Assert.Equal("", _woken.Take());

        _settings.Profile = "short";
        await ReadAsync();
        Assert.Equal("a.test", _woken.Take());

        _settings.Ari = false;
        await ReadAsync();
        Assert.Equal("a.test b.test left.test", _woken.Take());
    }

    [Fact]
    public async Task While_something_that_is_wished_cannot_be_read_nobody_knows_what_is_left_over()
    {
        Store("left.test", days: 60);
        await FollowAsync(Wishes.Of("a.test"));
        _woken.Take();

        _feed.Problem = "cannot be read";
        await ReadAsync();
        Assert.Equal((false, "left.test"), (_labels.AreWishesWhole, _woken.Take()));

        _feed.Problem = null;
        await ReadAsync();
        Assert.Equal((true, "left.test"), (_labels.AreWishesWhole, _woken.Take()));
    }

    /// <summary>A hundred thousand certificates that satisfy need no look at once; whatever may have something to do does.</summary>
    [Fact]
    public async Task What_hurries_is_looked_at_at_once_and_the_rest_in_turn()
    {
        var quiet = Enumerable.Range(0, 1500).Select(number => $"n{number}.test").ToList();
        foreach (var label in quiet) Store(label, days: 60);
        Store("due.test", days: 1);
        Store("short.test", days: 60);
        await FollowAsync([.. quiet.Append("due.test").Append("new.test").Select(label => Wishes.Of(label)), Wishes.Of("short.test", ["short.test", "www.short.test"])]);

        var now = _time.GetUtcNow();
        var later = _woken.At.Where(woken => woken.Value > now).ToList();
        Assert.Equal((1503, 490), (_woken.At.Count, later.Count));
        Assert.All(later, woken => Assert.Contains(woken.Key, quiet));
        Assert.Equal(TimeSpan.FromSeconds(490 / 200.0), later.Max(woken => woken.Value) - now);
        Assert.All(_board.List(), status => Assert.Equal(quiet.Contains(status.Label) ? AcmeCertificateState.Served : AcmeCertificateState.Waiting, status.State));
    }

    public void Dispose() => _follower.Dispose();

    private Task FollowAsync(params Wish[] wishes)
    {
        _feed.Change(wishes);
        return ReadAsync();
    }

    private Task ReadAsync() => _follower.ReadAsync(asksAll: false, Token);

    /// <summary>A certificate of which so much of ninety days is left.</summary>
    private void Store(string label, int days)
    {
        var end = _time.GetUtcNow().AddDays(days);
        var facts = new CertificateFacts(label, "20291201T000000Z-0", new SubjectNameSet([label]), AcmeKeyType.P256, KeyFamily.P256, _settings.Provider.Ca, null, end.AddDays(-90), end);
        _labels.Of(label).Adopt(new LoadedLabel(label) { Certificate = facts });
    }

    private sealed class ScriptedFeed : IWishFeed
    {
        private Wish[] _told = [];
        private Wish[] _wishes = [];

        public string? Problem { get; set; }

        /// <summary>What is the same stays the same object.</summary>
        public void Change(params Wish[] wishes) => _wishes = [.. wishes.Select(wish => Array.Find(_told, told => told.IsSameAs(wish)) ?? wish)];

        public ValueTask<WishChanges> GetChangesAsync(bool asksAll, CancellationToken cancellationToken)
        {
            var changes = Wishes.Between(_told, _wishes);
            _told = _wishes;
            return ValueTask.FromResult(new WishChanges(changes, Problem is null ? [] : [new DesiredProblem("a source", Problem)]));
        }

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
