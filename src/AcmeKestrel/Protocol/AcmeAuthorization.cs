using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>An authorization (RFC 8555 section 7.1.4).</summary>
/// <param name="Identifier">Without <c>*.</c>; see <paramref name="Wildcard"/>.</param>
public sealed record AcmeAuthorization(string Url, AcmeIdentifier Identifier, AcmeStatus Status, bool Wildcard, IReadOnlyList<AcmeChallenge> Challenges)
{
    /// <summary>When it ends.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How long the CA asks to wait before the next look; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}

/// <summary>A challenge (RFC 8555 section 8). Types unknown to this library are kept as they are.</summary>
/// <param name="Token">
/// Null where the type has none; else checked against base64url, 22 to 512 characters: one that fails is null too, which makes the challenge unusable.
/// </param>
public sealed record AcmeChallenge(string Type, string Url, AcmeStatus Status, string? Token)
{
    /// <summary>Why it is <see cref="AcmeStatus.Invalid"/>.</summary>
    public AcmeProblem? Error { get; init; }

    /// <summary>How long the CA asks to wait for the outcome, where it was told of this challenge just now; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
