using AcmeKestrel.Desired;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

public sealed class DesiredFolderTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("acme-desired-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly DesiredFolder _folder;
    private int _fired;

    public DesiredFolderTests()
    {
        _folder = new DesiredFolder(new StateDirectoryOptions(_state, null), _time);
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
}
