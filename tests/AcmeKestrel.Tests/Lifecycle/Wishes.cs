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
}
