using System.Diagnostics;
using AcmeKestrel.Desired;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

/// <summary><c>want/</c> is watched as <c>desired/</c> is (<see cref="WatchedFolderTests"/>).</summary>
public sealed class WantFolderTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("acme-want-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ToldFolder _watcher = new();
    private readonly WantFolder _folder;
    private int _fired;

    public WantFolderTests()
    {
        _folder = new WantFolder(new StateDirectoryOptions(_state, null), _watcher, _time, NullLogger<WantFolder>.Instance);
        ChangeToken.OnChange(_folder.GetChangeToken, () => _fired++);
    }

    [Fact]
    public async Task A_folder_that_comes_later_is_seen_and_each_file_is_told_by_itself()
    {
        var nothing = await ChangesAsync(null);
        Assert.Empty(nothing.Entries);

        Write("a.toml", "[a.test]");
        Write("b.toml", "[b.test]\n[c.test]");
        _watcher.Lose(null);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, _fired);
        var all = await ChangesAsync(nothing.Position);
        Assert.Equal(["a.toml", "b.toml"], all.Entries.Keys.Order());

        Write("b.toml", "[b.test]");
        _watcher.Touch("b.toml");
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(2, _fired);
        var changed = await ChangesAsync(all.Position);
        Assert.Equal("b.test", Assert.Single(Assert.Single(changed.Entries).Value.Certificates).Label);
    }

    [Fact]
    public async Task A_link_to_a_file_elsewhere_is_read_and_what_is_no_file_is_told()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There are no pipes among files here.");

        var elsewhere = Path.Combine(_state, "elsewhere");
        await File.WriteAllTextAsync(elsewhere, "[a.test]", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(_state, "want"));
        File.CreateSymbolicLink(Path.Combine(_state, "want", "a.toml"), elsewhere);
        File.CreateSymbolicLink(Path.Combine(_state, "want", "b.toml"), "nowhere");
        File.CreateSymbolicLink(Path.Combine(_state, "want", "c.toml"), "/dev/zero");
        using var made = Process.Start("mkfifo", [Path.Combine(_state, "want", "d.toml")]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);

        var said = await _folder.ListAsync(TestContext.Current.CancellationToken);

        Assert.Equal("a.test", Assert.Single(said.Certificates).Label);
        Assert.Equal(["want/b.toml", "want/c.toml", "want/d.toml"], said.Problems.Select(problem => problem.Origin));
        Assert.Contains("larger than", said.Problems[1].Message);
        Assert.StartsWith("cannot be read: It is no regular file : ", said.Problems[2].Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _folder.Dispose();
        Directory.Delete(_state, recursive: true);
    }

    private void Write(string fileName, string text)
    {
        Directory.CreateDirectory(Path.Combine(_state, "want"));
        File.WriteAllText(Path.Combine(_state, "want", fileName), text);
    }

    private ValueTask<DesiredChanges> ChangesAsync(string? since) => _folder.ListChangesAsync(since, TestContext.Current.CancellationToken);
}
