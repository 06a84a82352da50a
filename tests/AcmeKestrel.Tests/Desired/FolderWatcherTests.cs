using System.Collections.Concurrent;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Desired;

/// <summary>The platform's own watcher.</summary>
public sealed class FolderWatcherTests : IDisposable, IFolderListener
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly string _state = Directory.CreateTempSubdirectory("acme-watcher-").FullName;
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _told = new();

    private string Folder => Path.Combine(_state, "desired");

    [Fact]
    public async Task What_comes_changes_and_goes_is_told_by_name()
    {
        Directory.CreateDirectory(Folder);
        using var watch = new FolderWatcher().Watch(Folder, this);

        await SeesAsync("a.test", () => File.WriteAllText(Path.Combine(Folder, "a.test"), ""));
        await SeesAsync("a.test", () => File.SetLastWriteTimeUtc(Path.Combine(Folder, "a.test"), new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Utc)));
        await SeesAsync("b.test", () => File.Move(Path.Combine(Folder, "a.test"), Path.Combine(Folder, "b.test")));
        await SeesAsync("b.test", () => File.Delete(Path.Combine(Folder, "b.test")));
    }

    [Fact]
    public async Task A_folder_that_comes_goes_or_is_exchanged_is_told()
    {
        using (new FolderWatcher().Watch(Folder, this)) await SeesAsync("(lost)", () => Directory.CreateDirectory(Folder));
        using (new FolderWatcher().Watch(Folder, this)) await SeesAsync("(lost)", () => Directory.Move(Folder, Folder + "2"));
        using (new FolderWatcher().Watch(Folder, this)) await SeesAsync("(lost)", () => Directory.Move(Folder + "2", Folder));
    }

    /// <summary>All of it together, where no look is ever taken.</summary>
    [Fact]
    public async Task A_dropped_file_is_seen_long_before_the_next_look()
    {
        Directory.CreateDirectory(Folder);
        using var folder = new DesiredFolder(new StateDirectoryOptions(_state, null), new FolderWatcher(), new OnlySoon(), NullLogger<DesiredFolder>.Instance);
        var position = (await folder.ListChangesAsync(null, TestContext.Current.CancellationToken)).Position;
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = ChangeToken.OnChange(folder.GetChangeToken, () => changed.TrySetResult());

        await File.WriteAllTextAsync(Path.Combine(Folder, "a.test"), "", TestContext.Current.CancellationToken);
        await changed.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(["a.test"], (await folder.ListChangesAsync(position, TestContext.Current.CancellationToken)).Entries.Keys);
    }

    [Fact]
    public void A_folder_below_none_cannot_be_watched() =>
        Assert.Throws<DirectoryNotFoundException>(() => new FolderWatcher().Watch(Path.Combine(_state, "nothing", "desired"), this));

    [Theory]
    [InlineData(DriveType.Network, "nfs4", false)]
    [InlineData(DriveType.Unknown, "fuse.sshfs", false)]
    [InlineData(DriveType.Unknown, "virtiofs", false)]
    [InlineData(DriveType.Fixed, "ext4", true)]
    [InlineData(DriveType.Ram, "tmpfs", true)]
    [InlineData(DriveType.Fixed, "NTFS", true)]
    public void Where_other_machines_change_what_is_there_nobody_watches(DriveType type, string format, bool isWatched) => Assert.Equal(isWatched, FolderWatcher.ReasonAgainst(type, format) is null);

    public void Dispose() => Directory.Delete(_state, recursive: true);

    void IFolderListener.Touched(string fileName) => Tell(fileName);

    void IFolderListener.Missed() => Tell("(missed)");

    void IFolderListener.Lost(string? reason) => Tell("(lost)");

    /// <summary>The machine's clock, without timers of a second and more.</summary>
    private sealed class OnlySoon : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timer(base.CreateTimer(callback, state, Soon(dueTime), period));

        private static TimeSpan Soon(TimeSpan dueTime) => dueTime < TimeSpan.FromSeconds(1) ? dueTime : Timeout.InfiniteTimeSpan;

        private sealed class Timer(ITimer inner) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => inner.Change(Soon(dueTime), period);

            public void Dispose() => inner.Dispose();

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }

    private void Tell(string name)
    {
        if (_told.TryGetValue(name, out var told)) told.TrySetResult();
    }

    private async Task SeesAsync(string name, Action change)
    {
        var told = _told[name] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        change();
        await told.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);
    }
}
