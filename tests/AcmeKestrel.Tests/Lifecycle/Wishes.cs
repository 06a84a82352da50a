using AcmeKestrel.Certificates;

namespace AcmeKestrel.Tests.Lifecycle;

internal static class Wishes
{
    public static Wish Of(string label, string[]? required = null, string[]? optional = null, string[]? challenges = null) => new(
        label,
        [.. (required ?? [label]).Select(AcmeIdentifier.Parse)],
        [.. (optional ?? []).Select(AcmeIdentifier.Parse)],
        "test",
        "ops@example.test",
        AcmeKeyType.P256,
        null,
        challenges ?? [ChallengeTypes.TlsAlpn01, ChallengeTypes.Http01],
        AcmeWishSource.Options,
        "Acme:Domains:0");

    /// <summary>What makes the one the other.</summary>
    public static IReadOnlyList<WishChange> Between(IEnumerable<Wish> before, IEnumerable<Wish> after)
    {
        var (former, present) = (before.ToDictionary(wish => wish.Label), after.ToDictionary(wish => wish.Label));
        return
        [
            .. former.Keys.Union(present.Keys)
                .Select(label => new WishChange(label, former.GetValueOrDefault(label), present.GetValueOrDefault(label)))
                .Where(change => !ReferenceEquals(change.Before, change.After)),
        ];
    }
}
