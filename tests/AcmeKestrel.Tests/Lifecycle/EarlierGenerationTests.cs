using AcmeKestrel.Lifecycle;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Two generations are kept beside the current one; which they are is known without a look at all other labels' folders.</summary>
public sealed class EarlierGenerationTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestCa _ca;
    private readonly TestSettings _settings = new();
    private readonly StateFolder _state;

    public EarlierGenerationTests() => (_ca, _state) = (new TestCa(_time) { Lifetime = TimeSpan.FromDays(18) }, new StateFolder(_time));

    [Fact]
    public async Task A_renewal_looks_at_no_other_label_and_keeps_two()
    {
        var files = new CountingFiles(LocalFileSystem.Below(_state.Path));
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _state.Open(files: files), [Wishes.Of("a.test"), Wishes.Of("b.test")]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        var listed = files.Entries;

        for (var renewal = 2; renewal <= 5; renewal++)
        {
            await edge.RunAsync(TimeSpan.FromDays(12));
            Assert.Equal((2 * renewal, 2 * Math.Min(renewal, 3)), (_ca.Certificates.Count, Generations().Count));
        }

        Assert.Equal(listed, files.Entries);
    }

    /// <summary>Of a record that an earlier version wrote nobody knows what was before it.</summary>
    [Fact]
    public async Task What_a_record_does_not_say_is_looked_for()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, _settings, _state.Open(), [Wishes.Of("a.test")]);
        for (var renewal = 1; renewal <= 3; renewal++)
        {
            await edge.RunAsync(renewal == 1 ? TimeSpan.FromMinutes(1) : TimeSpan.FromDays(12));
            foreach (var meta in Generations().Select(folder => Path.Combine(folder, "meta.json")))
            {
                var text = await File.ReadAllTextAsync(meta, TestContext.Current.CancellationToken);
                await File.WriteAllTextAsync(meta, text.Replace("earlier", "other", StringComparison.Ordinal), TestContext.Current.CancellationToken);
            }
        }

        var first = Generations()[0];
        await edge.RunAsync(TimeSpan.FromDays(12));

        Assert.Equal((4, 3), (_ca.Certificates.Count, Generations().Count));
        Assert.DoesNotContain(first, Generations());
    }

    public void Dispose() => _state.Dispose();

    private List<string> Generations() => [.. Directory.EnumerateDirectories(_state["certs"]).Where(folder => Directory.ResolveLinkTarget(folder, false) is null).Order(StringComparer.Ordinal)];
}
