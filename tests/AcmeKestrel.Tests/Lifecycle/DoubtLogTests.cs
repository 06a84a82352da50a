using AcmeKestrel.Configuration;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A state that a restart loses is warned about where a public CA's limits are spent for it.</summary>
public sealed class DoubtLogTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestSettings _settings = new() { Ari = false };
    private readonly RecordingLog _log = new();
    private readonly TestCa _ca;

    public DoubtLogTests() => _ca = new TestCa(_time);

    [Fact]
    public async Task One_warning_names_the_state_and_the_public_CA()
    {
        _settings.DirectoryUrl = BuiltInProviders.All["letsencrypt"].DirectoryUrl;
        await using var edge = await StartAsync(new MemoryStore(_time), "a.test", "b.test");

        await edge.RunAsync(TimeSpan.FromHours(1));

        var warning = Assert.Single(Warnings());
        Assert.Contains("the state is kept in memory alone, and test is a public CA", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_comes_with_the_first_name_of_a_public_CA()
    {
        await using var edge = await StartAsync(new MemoryStore(_time), "a.test");
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Empty(Warnings());

        _settings.DirectoryUrl = BuiltInProviders.All["google"].DirectoryUrl;
        edge.Wish(Wishes.Of("b.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Single(Warnings());
    }

    [Theory]
    [InlineData("letsencrypt-staging", false)]
    [InlineData("letsencrypt", true)]
    public async Task Nothing_is_said_of_a_CA_to_try_things_with_or_of_a_state_that_stays(string provider, bool stays)
    {
        _settings.DirectoryUrl = BuiltInProviders.All[provider].DirectoryUrl;
        await using var edge = await StartAsync(stays ? new LastingStore(_time) : new MemoryStore(_time), "a.test");

        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.NotEmpty(_log.Entries);
        Assert.Empty(Warnings());
    }

    private IEnumerable<string> Warnings() => _log.Entries.Where(entry => entry.Level is LogLevel.Warning && entry.Text.Contains("public CA", StringComparison.Ordinal)).Select(entry => entry.Text);

    private Task<Edge> StartAsync(IAcmeStore store, params string[] names) => Edge.StartAsync(_time, _ca, _settings, store, [.. names.Select(name => Wishes.Of(name))], log: _log);

    /// <summary>Knows nothing of what it is made of.</summary>
    private sealed class LastingStore(TimeProvider time) : DelegatingStore(new MemoryStore(time))
    {
        public override TAbility? FindAbility<TAbility>()
            where TAbility : class => null;
    }
}
