using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

/// <summary>Where a watcher tells what changes in <c>desired/</c>, and where it stops to.</summary>
public sealed class WatchedFolderTests : IDisposable
{
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(200);

    private readonly string _state = Directory.CreateTempSubdirectory("acme-watched-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ToldFolder _watcher = new();
    private readonly CountedLog _log = new();
    private readonly DesiredFolder _folder;
    private int _fired;

    public WatchedFolderTests()
    {
        _folder = new DesiredFolder(new StateDirectoryOptions(_state, null), _watcher, _time, LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<DesiredFolder>());
        ChangeToken.OnChange(_folder.GetChangeToken, () => _fired++);
        Directory.CreateDirectory(Path.Combine(_state, "desired"));
    }

    [Fact]
    public async Task What_is_told_is_seen_when_it_is_calm_and_nothing_else_is_looked_at()
    {
        Drop("a.test", "");
        Drop("b.test", "");
        var all = await ChangesAsync(null);

        Drop("a.test", "c.test");
        Drop("b.test", "d.test");
        _watcher.Touch("a.test");
        Assert.Equal(0, _fired);
        _time.Advance(Calm);

        Assert.Equal(1, _fired);
        Assert.Equal(["a.test"], (await ChangesAsync(all.Position)).Entries.Keys);
    }

    /// <summary>A copy may keep a time, and another mode has none.</summary>
    [Fact]
    public async Task What_is_told_is_read_whatever_its_time_and_length()
    {
        var (file, written) = (Path.Combine(_state, "desired", "x"), new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Drop("x", "a.test");
        File.SetLastWriteTimeUtc(file, written);
        var position = (await ChangesAsync(null)).Position;

        Drop("x", "b.test");
        File.SetLastWriteTimeUtc(file, written);
        _watcher.Touch("x");
        _time.Advance(Calm);

        Assert.Equal(1, _fired);
        var certificate = Assert.Single((await ChangesAsync(position)).Entries["x"].Certificates);
        Assert.Equal(["b.test"], certificate.Names);
        Assert.Null(certificate.AskedAt);
    }

    [Fact]
    public async Task A_file_that_goes_is_told_as_well_and_what_editors_leave_is_not()
    {
        Drop("a.test", "");
        var all = await ChangesAsync(null);

        Delete("a.test");
        Drop(".swap", "");
        _watcher.Touch(".swap");
        _time.Advance(Calm);
        Assert.Equal(0, _fired);

        _watcher.Touch("a.test");
        _time.Advance(Calm);
        Assert.Empty((await ChangesAsync(all.Position)).Entries["a.test"].Certificates);
    }

    /// <summary>Made empty, which stands for its own name, and filled a moment later: only what is in it at the end is wished.</summary>
    [Fact]
    public async Task A_file_that_is_being_written_is_read_when_it_is_done()
    {
        var position = (await ChangesAsync(null)).Position;
        foreach (var content in new[] { "", "a.te", "a.test\nb.test" })
        {
            Drop("shop.test", content);
            _watcher.Touch("shop.test");
            _time.Advance(Calm / 2);
            Assert.Equal(0, _fired);
        }

        // Whoever asks for all in between does not find it either.
        var between = await ChangesAsync(position);
        Assert.Empty(between.Entries);

        _time.Advance(Calm / 2);
        Assert.Equal(1, _fired);
        var told = await ChangesAsync(between.Position);
        Assert.Equal(["a.test", "b.test"], Assert.Single(told.Entries["shop.test"].Certificates).Names);
        Assert.Empty(told.Entries["shop.test"].Problems);
    }

    /// <summary>As by a look every two seconds, which would have met it half written.</summary>
    [Fact]
    public async Task A_file_that_is_written_without_an_end_is_seen_after_two_seconds()
    {
        await ChangesAsync(null);
        for (var write = 0; write < 20; write++)
        {
            Drop("log.test", new string('#', write));
            _watcher.Touch("log.test");
            Assert.Equal(0, _fired);
            _time.Advance(Calm / 2);
        }

        Assert.Equal(1, _fired);
    }

    [Fact]
    public async Task While_it_tells_nobody_looks_by_himself()
    {
        var time = new CountedTime();
        var watcher = new ToldFolder();
        using var folder = new DesiredFolder(new StateDirectoryOptions(_state, null), watcher, time, LoggerFactory.Create(_ => { }).CreateLogger<DesiredFolder>());
        await folder.ListChangesAsync(null, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(2));

        var set = time.Set;
        for (var second = 0; second < 600; second++) time.Advance(TimeSpan.FromSeconds(1));

        Assert.InRange(time.Set - set, 9, 11);
    }

    [Fact]
    public async Task What_was_not_told_is_seen_at_a_look_all_the_same_and_such_a_watcher_is_listened_to_no_more()
    {
        await ChangesAsync(null);
        _time.Advance(TimeSpan.FromSeconds(2));
        Drop("a.test", "");
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((1, true), (_fired, _watcher.IsWatched));

        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(_watcher.IsWatched);
        Assert.Equal(1, _log.Count(502));

        Drop("b.test", "");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _fired);
        Pass(seconds: 3600);
        Assert.Equal((1, 1), (_log.Count(502), _watcher.Begun));
    }

    [Fact]
    public async Task A_look_that_was_faster_than_the_watcher_says_nothing_against_it()
    {
        var position = (await ChangesAsync(null)).Position;
        Drop("a.test", "");
        Assert.Equal(["a.test"], (await ChangesAsync(position)).Entries.Keys);
        _watcher.Touch("a.test");

        Pass(seconds: 300);

        Assert.True(_watcher.IsWatched);
        Assert.Equal(0, _log.Count(502));
    }

    [Fact]
    public async Task What_a_watcher_cannot_hold_is_found_by_a_look_and_said_once()
    {
        await ChangesAsync(null);
        for (var time = 1; time <= 3; time++)
        {
            Drop($"n{time}.test", "");
            _watcher.Miss();
            _time.Advance(Calm);
            Assert.Equal(time, _fired);
        }

        Assert.Equal((1, 0, 1), (_log.Count(503), _log.Count(502), _watcher.Begun));
        Pass(seconds: 300);
        Assert.True(_watcher.IsWatched);
    }

    [Fact]
    public async Task Without_a_watcher_it_is_looked_at_every_two_seconds_and_watched_when_that_can_be()
    {
        _watcher.Failure = "the limit of inotify is reached";
        await ChangesAsync(null);
        Drop("a.test", "");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _fired);

        Pass(seconds: 600);
        Assert.Equal(1, _log.Count(502));
        Assert.InRange(_watcher.Begun, 9, 12);

        _watcher.Failure = null;
        Pass(seconds: 62);
        Drop("b.test", "");
        _watcher.Touch("b.test");
        _time.Advance(Calm);
        Assert.Equal(2, _fired);
    }

    [Fact]
    public async Task A_watch_that_ends_is_said_once_and_looks_take_its_place_until_it_is_tried_again()
    {
        await ChangesAsync(null);
        _watcher.Lose("the volume is gone");
        Drop("a.test", "");
        _time.Advance(Calm);
        Assert.Equal((1, 1, false), (_fired, _log.Count(502), _watcher.IsWatched));

        Drop("b.test", "");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _fired);

        Pass(seconds: 62);
        Assert.Equal((2, true), (_watcher.Begun, _watcher.IsWatched));
    }

    [Fact]
    public async Task Another_folder_in_its_place_is_looked_at_and_watched_at_once()
    {
        Drop("a.test", "");
        var position = (await ChangesAsync(null)).Position;
        Directory.Move(Path.Combine(_state, "desired"), Path.Combine(_state, "former"));
        Drop("b.test", "");
        _watcher.Lose(null);
        _time.Advance(Calm);

        Assert.Equal((1, 2, 0), (_fired, _watcher.Begun, _log.Count(502)));
        Assert.Equal(["a.test", "b.test"], (await ChangesAsync(position)).Entries.Keys.Order());
    }

    /// <summary>What becomes of a link's target nobody tells.</summary>
    [Fact]
    public async Task Beside_links_it_is_looked_at_every_two_seconds()
    {
        var target = Path.Combine(_state, "target");
        await File.WriteAllTextAsync(target, "a.test", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(_state, "desired", "x"), target);
        await ChangesAsync(null);
        _time.Advance(TimeSpan.FromSeconds(2));

        await File.WriteAllTextAsync(target, "a.test\nb.test", TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, _fired);

        // What is told is seen at once all the same.
        Drop("c.test", "");
        _watcher.Touch("c.test");
        _time.Advance(Calm);
        Assert.Equal(2, _fired);
        Pass(seconds: 300);
        Assert.Equal((true, 0), (_watcher.IsWatched, _log.Count(502)));
    }

    public void Dispose()
    {
        _folder.Dispose();
        Assert.False(_watcher.IsWatched);
        Directory.Delete(_state, recursive: true);
    }

    /// <summary>Second by second: a timer that is set anew each time is not carried past.</summary>
    private void Pass(int seconds)
    {
        for (var second = 0; second < seconds; second++) _time.Advance(TimeSpan.FromSeconds(1));
    }

    private void Drop(string fileName, string content)
    {
        Directory.CreateDirectory(Path.Combine(_state, "desired"));
        File.WriteAllText(Path.Combine(_state, "desired", fileName), content);
    }

    private void Delete(string fileName) => File.Delete(Path.Combine(_state, "desired", fileName));

    private ValueTask<DesiredChanges> ChangesAsync(string? since) => _folder.ListChangesAsync(since, TestContext.Current.CancellationToken);

    private sealed class CountedTime : FakeTimeProvider
    {
        public int Set { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            return base.CreateTimer(known => { Set++; callback(known); }, state, dueTime, period);
        }
    }

    private sealed class CountedLog : ILoggerProvider, ILogger
    {
        private readonly List<int> _events = [];

        public int Count(int id) => _events.Count(told => told == id);

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _events.Add(eventId.Id);

        public void Dispose()
        {
        }
    }
}
