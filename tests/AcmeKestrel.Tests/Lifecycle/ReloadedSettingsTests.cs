using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Tests.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A configuration that is read again, by those who read it in an application: it has those labels looked at whose plan it may change.</summary>
public sealed class ReloadedSettingsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Labels _labels = new();
    private readonly WokenLabels _woken = new();
    private readonly List<IDisposable> _ends = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_wakes_the_labels_that_it_concerns_and_a_file_that_was_touched_nobody()
    {
        var (configuration, follower) = Begin(FullSettings.Read());
        Store(FullSettings.Left);
        await follower.ReadAsync(asksAll: true, Token);
        Assert.Equal($"{FullSettings.Left} {FullSettings.Own} {FullSettings.Plain}", _woken.Take());

        var wrong = new List<string>();
        foreach (var row in FullSettings.Rows)
        {
            foreach (var values in (IEnumerable<(string, string?)>[])[FullSettings.With(row), FullSettings.Values])
            {
                configuration.Reload([.. values]);
                await follower.ReadAsync(asksAll: false, Token);
                var (expected, woken) = (row.Other == row.Value ? "" : row.Wakes, _woken.Take());
                if (woken != expected) wrong.Add($"{row.Key}: '{woken}' in the place of '{expected}'");
            }
        }

        Assert.Equal("", string.Join("\n", wrong));
    }

    [Theory]
    [InlineData("Acme:Domains:4999", "other.test", "n4999.test other.test")]
    [InlineData("Acme:Domains:4999", "n4999.test more.test", "n4999.test")]
    [InlineData("Acme:Domains:5000", "other.test", "other.test")]
    [InlineData("Acme:Certificates:own.test:KeyType", "P384", "own.test")]
    public async Task One_entry_of_thousands_wakes_its_own_label(string key, string value, string woken)
    {
        var values = Domains(5000).Append(("Acme:Certificates:own.test:KeyType", "P256")).ToDictionary();
        var (configuration, follower) = Begin(new TestConfiguration(Pairs()));
        await follower.ReadAsync(asksAll: true, Token);
        Assert.Equal(5001, _woken.At.Count);
        _woken.Take();

        values[key] = value;
        configuration.Reload([.. Pairs()]);
        await follower.ReadAsync(asksAll: false, Token);

        Assert.Equal(woken, _woken.Take());
        IEnumerable<(string, string?)> Pairs() => values.Select(pair => (pair.Key, pair.Value));
    }

    /// <summary>The places of those behind it are others then, which is told and no reason to look at them.</summary>
    [Fact]
    public async Task An_entry_that_goes_from_the_middle_of_the_list_wakes_its_own_label()
    {
        var (configuration, follower) = Begin(new TestConfiguration(Domains(1000)));
        await follower.ReadAsync(asksAll: true, Token);
        _woken.Take();

        configuration.Reload([.. Of(Enumerable.Range(0, 1000).Where(number => number != 500))]);
        await follower.ReadAsync(asksAll: false, Token);

        Assert.Equal("n500.test", _woken.Take());
        Assert.Equal("Acme:Domains:998", _labels.WishOf("n999.test")!.Origin);
    }

    public void Dispose() => _ends.ForEach(end => end.Dispose());

    private static IEnumerable<(string Key, string? Value)> Domains(int count) => Of(Enumerable.Range(0, count));

    private static IEnumerable<(string Key, string? Value)> Of(IEnumerable<int> numbers) =>
    [
        ("Acme:Provider", "https://ca.example.com/directory"),
        .. numbers.Select((number, place) => ($"Acme:Domains:{place}", (string?)$"n{number}.test")),
    ];

    private (TestConfiguration Configuration, WishFollower Follower) Begin(TestConfiguration configuration)
    {
        var (settings, published) = (configuration.Monitor, new Edge.Publications());
        var feed = new WishFeed([new OptionsWishSource(settings)], settings, _time, NullLogger<WishFeed>.Instance);
        var follower = new WishFollower(feed, settings, _labels, new StatusBoard(published), published, _woken, new AlwaysActive(), _time);
        _ends.AddRange([follower, feed, configuration]);
        return (configuration, follower);
    }

    private void Store(string label)
    {
        var end = _time.GetUtcNow().AddDays(60);
        var facts = new CertificateFacts(label, "20291201T000000Z-0", new SubjectNameSet([label]), AcmeKeyType.P256, KeyFamily.P256, new CaKey("https://ca.example.com/directory"), null, end.AddDays(-90), end);
        _labels.Of(label).Adopt(new LoadedLabel(label) { Certificate = facts });
    }
}
