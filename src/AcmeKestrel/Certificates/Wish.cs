namespace AcmeKestrel.Certificates;

/// <summary>A desired certificate, after merging. <paramref name="Label"/> names it on disk and in messages; <paramref name="Required"/> is never empty.</summary>
/// <param name="Optional">Names asked for as well and dropped, visibly, after one failure (the bare domain beside <c>www.</c>).</param>
/// <param name="Provider">A key of the settings' providers.</param>
/// <param name="Challenges">Challenge types, preferred first; never empty.</param>
/// <param name="Origin">What to name in a message: a configuration key, a file, a route.</param>
internal sealed record Wish(
    string Label,
    IReadOnlyList<AcmeIdentifier> Required,
    IReadOnlyList<AcmeIdentifier> Optional,
    string Provider,
    string? Email,
    AcmeKeyType KeyType,
    string? Profile,
    IReadOnlyList<string> Challenges,
    AcmeWishSource Source,
    string Origin)
{
    /// <summary>No certificate without <see cref="Profile"/>; else one without it is better than none.</summary>
    public bool RequireProfile { get; init; }

    /// <summary>The common name of the root that its chain is to end at; null: whatever the CA gives.</summary>
    public string? PreferredChain { get; init; }

    /// <summary>When somebody asked for it last; what failed before that is tried at once.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The same in all that it says: lists are compared by what is in them.</summary>
    public bool IsSameAs(Wish other) =>
        Required.SequenceEqual(other.Required) && Optional.SequenceEqual(other.Optional) && Challenges.SequenceEqual(other.Challenges)
        && other with { Required = Required, Optional = Optional, Challenges = Challenges } == this;
}
