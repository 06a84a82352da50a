using System.Diagnostics;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

/// <summary>Where no watcher tells: by looks alone.</summary>
public sealed class DesiredFolderTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("acme-desired-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly DesiredFolder _folder;
    private int _fired;

    public DesiredFolderTests()
    {
        _folder = new DesiredFolder(new StateDirectoryOptions(_state, null), new NoWatcher(), _time, NullLogger<DesiredFolder>.Instance);
        ChangeToken.OnChange(_folder.GetChangeToken, () => _fired++);
    }

    [Fact]
    public async Task A_missing_folder_wishes_nothing()
    {
        Assert.Empty((await ListAsync()).Certificates);
        Look();
        Assert.Equal(0, _fired);
    }

    [Fact]
    public async Task A_dropped_a_changed_and_a_removed_file_are_each_seen_at_the_next_look()
    {
        await ListAsync();
        Drop("a.test", "");
        Assert.Equal(0, _fired);

        Look();
        Assert.Equal((1, "a.test"), (_fired, await LabelsAsync()));
        Look();
        Assert.Equal(1, _fired);

        Drop("a.test", "b.test");
        Drop("c.test", "");
        Drop(".swap", "");
        Look();
        Assert.Equal((2, "a.test c.test"), (_fired, await LabelsAsync()));

        File.Delete(Path.Combine(_state, "desired", "a.test"));
        Look();
        Assert.Equal((3, "c.test"), (_fired, await LabelsAsync()));
    }

    [Fact]
    public async Task A_file_of_the_same_size_is_seen_by_its_time()
    {
        Drop("x", "a.test");
        await ListAsync();

        Drop("x", "b.test");
        File.SetLastWriteTimeUtc(Path.Combine(_state, "desired", "x"), new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Look();

        Assert.Equal(1, _fired);
        Assert.Equal(["b.test"], Assert.Single((await ListAsync()).Certificates).Names);
    }

    [Fact]
    public async Task A_file_that_is_touched_while_somebody_looks_asks_for_an_attempt_and_one_that_lay_there_does_not()
    {
        Drop("a.test", "");
        Drop("b.test", "");
        Assert.All((await ListAsync()).Certificates, wished => Assert.Null(wished.AskedAt));

        var touched = new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(Path.Combine(_state, "desired", "a.test"), touched);
        Look();

        Assert.Equal(1, _fired);
        Assert.Equal([touched, null], (await ListAsync()).Certificates.Select(wished => wished.AskedAt?.UtcDateTime));
    }

    [Fact]
    public async Task A_link_changes_with_its_target()
    {
        var target = Path.Combine(_state, "target");
        await File.WriteAllTextAsync(target, "a.test", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_state, "desired"));
        File.CreateSymbolicLink(Path.Combine(_state, "desired", "x"), target);
        await ListAsync();

        await File.WriteAllTextAsync(target, "a.test\nb.test", TestContext.Current.CancellationToken);
        Look();

        Assert.Equal(1, _fired);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_a_problem_and_the_others_are_read()
    {
        Directory.CreateDirectory(Path.Combine(_state, "desired"));
        File.CreateSymbolicLink(Path.Combine(_state, "desired", "loop"), "loop");
        File.CreateSymbolicLink(Path.Combine(_state, "desired", "nothing"), "nowhere");
        Drop("a.test", "");

        var read = await ListAsync();

        Assert.Single(read.Certificates);
        Assert.Equal(["desired/loop", "desired/nothing"], read.Problems.Select(problem => problem.Origin));
    }

    [Fact]
    public async Task Only_files_that_changed_are_told_and_read()
    {
        Drop("a.test", "");
        Drop("b.test", "");
        Drop("c.test", "");
        var all = await _folder.ListChangesAsync(null, TestContext.Current.CancellationToken);
        Assert.Equal((true, "a.test b.test c.test"), (all.IsWhole, Names(all)));

        Drop("b.test", "d.test");
        File.Delete(Path.Combine(_state, "desired", "c.test"));
        var changed = await _folder.ListChangesAsync(all.Position, TestContext.Current.CancellationToken);

        Assert.Equal((false, "b.test c.test"), (changed.IsWhole, Names(changed)));
        Assert.Equal((1, 0), (changed.Entries["b.test"].Certificates.Count, changed.Entries["c.test"].Certificates.Count));
        Assert.Empty((await _folder.ListChangesAsync(changed.Position, TestContext.Current.CancellationToken)).Entries);
        Assert.True((await _folder.ListChangesAsync("another time's", TestContext.Current.CancellationToken)).IsWhole);

        static string Names(DesiredChanges changes) => string.Join(' ', changes.Entries.Keys.Order());
    }

    [Fact]
    public async Task A_folder_that_cannot_be_read_changes_once_and_once_more_when_it_can()
    {
        await ListAsync();
        File.CreateSymbolicLink(Path.Combine(_state, "desired"), "desired");
        Look();
        Look();
        Assert.Equal(1, _fired);
        await Assert.ThrowsAnyAsync<IOException>(async () => await ListAsync());

        File.Delete(Path.Combine(_state, "desired"));
        Look();
        Assert.Equal(2, _fired);
        Assert.Empty((await ListAsync()).Certificates);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_folder_that_may_not_be_read_is_not_an_empty_one(bool mayBeSeen)
    {
        if (mayBeSeen) File.SetUnixFileMode(_state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Drop("a.test", "");
        var known = await _folder.ListChangesAsync(null, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(Path.Combine(_state, "desired"), UnixFileMode.None);

        NobodysThread.Run(Look);
        Assert.Equal(1, _fired);
        NobodysThread.Run(Look);
        Assert.Equal(1, _fired);
        NobodysThread.Run(() => Assert.ThrowsAny<UnauthorizedAccessException>(() => _folder.ListChangesAsync(known.Position, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult()));

        File.SetUnixFileMode(Path.Combine(_state, "desired"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Look();
        Assert.Equal((2, "a.test"), (_fired, await LabelsAsync()));
        Assert.Empty((await _folder.ListChangesAsync(known.Position, TestContext.Current.CancellationToken)).Entries);
    }

    /// <summary>All files of NixOS' store have one time.</summary>
    [Fact]
    public async Task A_link_that_leads_elsewhere_is_another_file_whatever_the_time_and_the_length_there()
    {
        var link = Path.Combine(Directory.CreateDirectory(Path.Combine(_state, "desired")).FullName, "x");
        foreach (var name in (string[])["a.test", "b.test"])
        {
            await File.WriteAllTextAsync(Path.Combine(_state, name), name, TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(Path.Combine(_state, name), DateTime.UnixEpoch.AddSeconds(1));
        }

        File.CreateSymbolicLink(link, Path.Combine(_state, "a.test"));
        await ListAsync();
        File.Delete(link);
        File.CreateSymbolicLink(link, Path.Combine(_state, "b.test"));
        Look();

        Assert.Equal(1, _fired);
        Assert.Equal(["b.test"], Assert.Single((await ListAsync()).Certificates).Names);
    }

    /// <summary>Another mode, another owner, or a disk that answers again, changes neither its size nor its time.</summary>
    [Fact]
    public async Task A_file_that_could_not_be_read_is_read_again_without_being_touched()
    {
        File.SetUnixFileMode(_state, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Drop("a.test", "");
        Drop("b.test", "");
        File.SetUnixFileMode(Path.Combine(_state, "desired", "a.test"), UnixFileMode.None);
        DesiredChanges? known = null;
        NobodysThread.Run(() => known = _folder.ListChangesAsync(null, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult());
        Assert.Contains("cannot be read", Assert.Single(known!.Entries["a.test"].Problems).Message, StringComparison.Ordinal);

        File.SetUnixFileMode(Path.Combine(_state, "desired", "a.test"), FileModes.PublicFile);
        for (var look = 0; look < 31; look++) Look();

        Assert.Equal(1, _fired);
        var told = await _folder.ListChangesAsync(known.Position, TestContext.Current.CancellationToken);
        Assert.Equal("a.test", Assert.Single(Assert.Single(told.Entries).Value.Certificates).Label);
        for (var look = 0; look < 62; look++) Look();
        Assert.Equal(1, _fired);
    }

    /// <summary>.NET has no such year, and a look at the time throws. In memory, where it is kept: ext4 has none after 2446.</summary>
    [Fact]
    public async Task Files_of_the_year_11476_are_read_as_others()
    {
        Assert.SkipUnless(Directory.Exists("/dev/shm"), "Needs /dev/shm, which Linux has.");
        var state = Directory.CreateDirectory(Path.Combine("/dev/shm", Path.GetRandomFileName()));
        try
        {
            var desired = state.CreateSubdirectory("desired").FullName;
            using var folder = new DesiredFolder(new StateDirectoryOptions(state.FullName, null), new NoWatcher(), _time, NullLogger<DesiredFolder>.Instance);
            foreach (var name in (string[])["a.test", "b.test"]) File.WriteAllText(Path.Combine(desired, name), "");
            File.CreateSymbolicLink(Path.Combine(desired, "c.test"), "a.test");
            using (var touch = Process.Start("touch", ["-d", "@300000000000", Path.Combine(desired, "a.test"), desired])) await touch.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Throws<ArgumentOutOfRangeException>(() => File.GetLastWriteTimeUtc(Path.Combine(desired, "a.test")));

            Look();

            Assert.Equal(["a.test", "b.test", "c.test"], (await folder.ListAsync(TestContext.Current.CancellationToken)).Certificates.Select(certificate => certificate.Label));
        }
        finally
        {
            state.Delete(recursive: true);
        }
    }

    /// <summary>A look that takes long is not taken every two seconds, unless the folder says that a file came or went.</summary>
    [Fact]
    public async Task A_long_look_has_its_rest()
    {
        var time = new SlowLooks();
        using var folder = new DesiredFolder(new StateDirectoryOptions(_state, null), new NoWatcher(), time, NullLogger<DesiredFolder>.Instance);
        var fired = 0;
        ChangeToken.OnChange(folder.GetChangeToken, () => fired++);
        Drop("a.test", "");
        await folder.ListChangesAsync(null, TestContext.Current.CancellationToken);

        // It took a second: changed contents are seen after a hundred, a new file after ten.
        time.IsSlow = false;
        Drop("a.test", "b.test");
        time.Advance(TimeSpan.FromSeconds(98));
        Assert.Equal(0, fired);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(1, fired);

        time.IsSlow = true;
        await folder.ListChangesAsync(null, TestContext.Current.CancellationToken);
        time.IsSlow = false;
        Drop("c.test", "");
        Directory.SetLastWriteTimeUtc(Path.Combine(_state, "desired"), new DateTime(2040, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        time.Advance(TimeSpan.FromSeconds(8));
        Assert.Equal(1, fired);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(2, fired);
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private void Drop(string fileName, string content)
    {
        Directory.CreateDirectory(Path.Combine(_state, "desired"));
        File.WriteAllText(Path.Combine(_state, "desired", fileName), content);
    }

    private void Look() => _time.Advance(TimeSpan.FromSeconds(2));

    private async Task<string> LabelsAsync() => string.Join(' ', (await ListAsync()).Certificates.Select(certificate => certificate.Label));

    private ValueTask<DesiredCertificates> ListAsync() => _folder.ListAsync(TestContext.Current.CancellationToken);

    private sealed class NoWatcher : IFolderWatcher
    {
        public IDisposable Watch(string folder, IFolderListener listener) => throw new IOException("no inotify here");
    }

    /// <summary>While it is slow, half a second passes each time that it is asked.</summary>
    private sealed class SlowLooks : FakeTimeProvider
    {
        private long _passed;

        public bool IsSlow { get; set; } = true;

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Add(ref _passed, IsSlow ? TimestampFrequency / 2 : 0);
    }
}
