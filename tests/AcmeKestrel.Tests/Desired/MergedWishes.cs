using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;

namespace AcmeKestrel.Tests.Desired;

/// <summary>What comes of entries that are merged all at once: the simple way, against which the kept one is held.</summary>
internal sealed record MergedWishes(IReadOnlyList<Wish> Wishes, IReadOnlyList<DesiredProblem> Problems)
{
    public static MergedWishes Of(IEnumerable<(AcmeWishSource Source, DesiredCertificate Certificate)> entries, AcmeSettings settings)
    {
        var faults = new List<DesiredProblem>();
        var claims = entries.Select(entry => WishEntry.Read(entry.Source, entry.Certificate, settings, faults)).OfType<WishEntry>().Select(entry => new WishClaim(entry)).ToList();
        var (wishes, problems) = WishMerging.Merge(claims, settings.Defaults, PublicSuffixList.Embedded);
        return new MergedWishes(
            [.. wishes.Values.OrderBy(wish => wish.Label, StringComparer.Ordinal)],
            [.. faults.Concat(problems.Values.SelectMany(several => several)).Distinct().OrderBy(problem => problem.Origin, StringComparer.Ordinal).ThenBy(problem => problem.Message, StringComparer.Ordinal)]);
    }
}
