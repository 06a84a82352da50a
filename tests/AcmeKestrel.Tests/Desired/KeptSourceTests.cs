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

    private static DesiredCertificates Row(params string[] names) => new([new DesiredCertificate(names, "row " + names[0])]);

    private (int Gone, int Come) Take(params DesiredCertificates[] rows)
    {
        var changes = new ClaimChanges();
        var told = new DesiredChanges(rows.ToDictionary(row => row.Certificates[0].Names[0]), "1") { IsWhole = true };
        _kept.Take(new SourceAnswer { Changes = told }, Settings, changes);
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
