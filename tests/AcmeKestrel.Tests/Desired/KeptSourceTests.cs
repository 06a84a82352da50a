using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Primitives;

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
        public AcmeWishSource Source => AcmeWishSource.Api;

        public ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("Nobody asks it.");

        public IChangeToken GetChangeToken() => new CancellationChangeToken(CancellationToken.None);
    }
}
