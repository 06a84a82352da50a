using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Desired;
using AcmeKestrel.Tests.Configuration;
using CsCheck;

namespace AcmeKestrel.Tests.Desired;

/// <summary>The index is held against merging all at once, after any changes.</summary>
public sealed class WishIndexTests
{
    private static readonly AcmeSettings Settings = TestConfiguration.Read(
        ("Acme:Provider", "mine"), ("Acme:Providers:mine:Directory", "https://ca.test/dir"), ("Acme:Email", "ops@example.test"));

    /// <summary>Names below a.test and x.a.test are served by wildcards.</summary>
    private static readonly AcmeSettings Folding = Settings with { Dns = new DnsSettings { Default = "corp" }, Defaults = Settings.Defaults with { Wildcards = ["a.test", "x.a.test"] } };

    private static readonly string[] Names =
        ["a.test", "b.test", "www.a.test", "*.a.test", "x.a.test", "www.x.a.test", "*.x.a.test", "www.y.a.test", "y.a.test", "c.test", "*.c.test", "d.c.test", "www.www.a.test", "10.0.0.1"];

    [Fact]
    public void After_any_changes_it_wishes_what_merging_all_at_once_would() => Steps.Sample(steps => Hold(steps, Settings), iter: 3000);

    [Fact]
    public void So_it_does_where_wildcards_serve_names() => Steps.Sample(steps => Hold(steps, Folding), iter: 3000);

    private static void Hold(List<List<(int Slot, (AcmeWishSource Source, DesiredCertificate Certificate)? Entry)>> steps, AcmeSettings settings)
    {
        var (index, wished, claims) = (new WishIndex(PublicSuffixList.Embedded), new Dictionary<string, Wish>(), new Dictionary<int, WishClaim>());
        foreach (var step in steps)
        {
            var changes = new ClaimChanges();
            foreach (var (slot, entry) in step)
            {
                if (claims.Remove(slot, out var former)) changes.Drop(former);
                if (entry is null || WishEntry.Read(entry.Value.Source, entry.Value.Certificate, settings, []) is not { } read) continue;

                changes.Add(claims[slot] = new WishClaim(read));
            }

            foreach (var (label, before, after) in index.Change(changes, settings.Defaults))
            {
                Assert.Same(before, wished.GetValueOrDefault(label));
                Assert.False(before is not null && after is not null && before.IsSameAs(after), $"{label} is no change.");
                if (after is null) wished.Remove(label);
                else wished[label] = after;
            }

            var whole = MergedWishes.Of(claims.Values.Select(claim => (claim.Entry.Source, claim.Entry.Wording)), settings);
            Assert.Equal(whole.Wishes.Select(Text), wished.Values.OrderBy(wish => wish.Label, StringComparer.Ordinal).Select(Text));
            Assert.Equal(whole.Problems, index.Problems.Distinct().OrderBy(problem => problem.Origin, StringComparer.Ordinal).ThenBy(problem => problem.Message, StringComparer.Ordinal));
        }
    }

    [Fact]
    public void What_has_nothing_to_do_with_a_change_is_not_merged_again()
    {
        var index = new WishIndex(PublicSuffixList.Embedded);
        var first = index.Change(Come(Enumerable.Range(0, 100).Select(number => Claim($"n{number}.shop.test"))), Settings.Defaults);

        var changed = Assert.Single(index.Change(Come([Claim("n7.shop.test www.n7.shop.test", "n7.shop.test")]), Settings.Defaults));

        Assert.Equal(100, first.Count);
        Assert.Equal(("n7.shop.test", "n7.shop.test www.n7.shop.test"), (changed.Label, string.Join(' ', changed.After!.Required)));
    }

    private static ClaimChanges Come(IEnumerable<WishClaim> claims)
    {
        var changes = new ClaimChanges();
        foreach (var claim in claims) changes.Add(claim);
        return changes;
    }

    private static string Text(Wish wish) => $"{wish.Label}: {string.Join(' ', wish.Required)} ({string.Join(' ', wish.Optional)}) {wish.Source} {wish.Origin} {string.Join(' ', wish.Challenges)}";

    private static WishClaim Claim(string names, string? label = null) =>
        new(WishEntry.Read(AcmeWishSource.Options, new DesiredCertificate(names.Split(' '), "from " + names) { Label = label }, Settings, [])!);

    private static Gen<List<List<(int Slot, (AcmeWishSource Source, DesiredCertificate Certificate)? Entry)>>> Steps { get; } = Gen.Select(
            Gen.Int[0, 8],
            Gen.Int[0, 4],
            AnyOf(AcmeWishSource.Options, AcmeWishSource.Desired, AcmeWishSource.Yarp),
            AnyOf(Names).Array[1, 3],
            AnyOf(null, null, "one", "a.test", "x.a.test"),
            (slot, kind, source, names, label) => (slot, kind == 0 ? default((AcmeWishSource, DesiredCertificate)?)
                : (source, new DesiredCertificate(names, $"from {slot} {source}") { Label = label, Challenges = kind < 3 ? ["dns-01"] : null, IncludeBareDomain = kind != 1 })))
        .List[0, 4].List[1, 6];

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
