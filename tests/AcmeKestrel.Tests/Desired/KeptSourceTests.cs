using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Desired;

/// <summary>What a source says once more is no change, however it says it.</summary>
public sealed class KeptSourceTests
{
    private static readonly AcmeSettings Settings = new TestSettings().Current;

    private readonly KeptSource _kept = new(new Silent());

    [Fact]
    public void What_is_told_again_as_it_was_changes_nothing()
    {
        Assert.Equal((0, 2), Take(Row("a.test"), Row("b.test")));

        Assert.Equal((0, 0), Take(Row("a.test"), Row("b.test")));
        Assert.Equal((1, 1), Take(Row("a.test", "www.a.test"), Row("b.test")));
        Assert.Equal((1, 0), Take(Row("b.test")));
    }

    [Fact]
    public void Another_problem_is_one_though_the_wishes_are_the_same()
    {
        Take(Row("a.test"));
        Take(Row("a.test") with { Problems = [new DesiredProblem("row", "One line is none.")] });
        Assert.Equal("One line is none.", Assert.Single(_kept.Problems).Message);

        Take(Row("a.test"));
        Assert.Empty(_kept.Problems);
    }

    /// <summary>The lines of settings serve for what is wrong with them, and are not kept of what is good.</summary>
    [Theory]
    [InlineData(null, 7, 0)]
    [InlineData(3, 7, 0)]
    [InlineData(4, 8, 1)]
    public void The_same_words_in_another_line_are_read_anew_where_a_message_would_name_it(int? header, int line, int changed)
    {
        var first = header is null ? (int?)null : 3;
        Take(Placed(first, 7));

        Assert.Equal((changed, changed), Take(Placed(header, line)));
        Assert.Equal((0, 0), Take(Placed(header, line + 1)));

        static DesiredCertificates Placed(int? header, int line) =>
            new([new DesiredCertificate(["a.test"], "want/x.toml [a.test]") { Label = "a.test", Place = new WishPlace("want/x.toml", header) { Settings = [KeyValuePair.Create("Names", line)] } }]);
    }

    /// <summary>Sources are users' code, and read what they say from wherever they like.</summary>
    [Theory]
    [InlineData("a problem")]
    [InlineData("a fallback provider")]
    [InlineData("a challenge")]
    public async Task What_lacks_a_part_of_it_is_no_answer_and_nobody_trips_over_it(string missing)
    {
        var row = new DesiredCertificate(["x.test"], "row");
        var said = missing switch
        {
            "a problem" => new DesiredCertificates([row]) { Problems = [null!] },
            "a fallback provider" => new DesiredCertificates([row with { FallbackProviders = [null!] }]),
            _ => new DesiredCertificates([row with { Challenges = [null!] }]),
        };
        var (kept, changes) = (new KeptSource(new Silent { Said = said }), new ClaimChanges());

        kept.Take(await kept.AskAsync(new FakeTimeProvider(), TestContext.Current.CancellationToken, TestContext.Current.CancellationToken), Settings, changes);

        Assert.Contains("cannot be read", Assert.Single(kept.Problems).Message, StringComparison.Ordinal);
        Assert.Empty(changes.Come);
    }

    /// <summary>Of a hundred thousand, each costs some microseconds: another limit of a CA that few are for is no reason.</summary>
    [Theory]
    [InlineData("other", "b.test c.test wrong.test")]
    [InlineData("test", "a.test c.test wrong.test")]
    [InlineData("fallback", "d.test wrong.test")]
    public void Another_setting_of_a_ca_has_those_read_anew_that_have_to_do_with_it(string changed, string expected)
    {
        var former = SettingsOf("");
        DesiredCertificates[] rows =
        [
            Row("a.test"), For("b.test", "OTHER"), new([new DesiredCertificate(["c.test"], "row c.test") { FallbackProviders = ["Other", "test"] }]),
            new([new DesiredCertificate(["d.test"], "row d.test") { Provider = "third", FallbackProviders = ["fallback"] }]), For("e.test", "third"), For("wrong.test", "nobody"),
        ];
        Take(former, rows);

        var read = new ClaimChanges();
        var settings = SettingsOf(changed);
        _kept.ReadAnew(settings, settings.ReadsWishesAsBut(former), read);

        // What cannot be a wish may become one.
        Assert.Equal(expected, string.Join(' ', read.Come.Select(claim => claim.Entry.Names[0].Value).Append("wrong.test")));
        Assert.Equal(read.Come.Count, read.Gone.Count);
        Assert.Equal("wrong.test", Assert.Single(_kept.Problems).Origin["row ".Length..]);
        Assert.Empty(settings.ReadsWishesAsBut(settings)!);
        Assert.Null((settings with { DefaultProvider = "third" }).ReadsWishesAsBut(settings));

        static DesiredCertificates For(string name, string provider) => new([new DesiredCertificate([name], "row " + name) { Provider = provider }]);
    }

    [Fact]
    public void A_ca_that_came_has_all_read_anew()
    {
        var former = SettingsOf("");
        Take(former, Row("a.test"), Row("b.test"));
        var settings = former with { Providers = new(former.Providers.Append(KeyValuePair.Create("new", former.Providers["other"] with { Name = "new" })).ToDictionary(StringComparer.OrdinalIgnoreCase)) };

        var read = new ClaimChanges();
        _kept.ReadAnew(settings, settings.ReadsWishesAsBut(former), read);

        Assert.Equal(2, read.Come.Count);
    }

    private static AcmeSettings SettingsOf(string changed)
    {
        var known = Settings.Providers["test"];
        return Settings with
        {
            Providers = new(new[] { "test", "other", "third", "fallback" }.ToDictionary(
                name => name, name => known with { Name = name, DirectoryUrl = $"https://{name}.test/directory", Profile = name == changed ? "short" : null }, StringComparer.OrdinalIgnoreCase)),
        };
    }

    private static DesiredCertificates Row(params string[] names) => new([new DesiredCertificate(names, "row " + names[0])]);

    private (int Gone, int Come) Take(params DesiredCertificates[] rows) => Take(Settings, rows);

    private (int Gone, int Come) Take(AcmeSettings settings, params DesiredCertificates[] rows)
    {
        var changes = new ClaimChanges();
        var told = new DesiredChanges(rows.ToDictionary(row => row.Certificates[0].Names[0]), "1") { IsWhole = true };
        _kept.Take(new SourceAnswer { Changes = told }, settings, changes);
        return (changes.Gone.Count, changes.Come.Count);
    }

    private sealed class Silent : IDesiredCertificateSource
    {
        public DesiredCertificates? Said { get; init; }

        public AcmeWishSource Source => AcmeWishSource.Api;

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => new(Said ?? throw new InvalidOperationException("Nobody asks it."));

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
