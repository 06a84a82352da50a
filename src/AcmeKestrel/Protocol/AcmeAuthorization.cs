using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>An authorization as the CA showed it last (RFC 8555 section 7.1.4).</summary>
public sealed class AcmeAuthorization
{
    internal AcmeAuthorization(string url, AcmeIdentifier identifier, AcmeStatus status, bool wildcard, IReadOnlyList<AcmeChallenge> challenges) =>
        (Url, Identifier, Status, Wildcard, Challenges) = (url, identifier, status, wildcard, challenges);

    /// <summary>As it was asked for.</summary>
    public string Url { get; }

    /// <summary>What it is for, without <c>*.</c>; see <see cref="Wildcard"/>.</summary>
    public AcmeIdentifier Identifier { get; }

    /// <summary>Where it stands.</summary>
    public AcmeStatus Status { get; }

    /// <summary>Whether it is for the wildcard below <see cref="Identifier"/>.</summary>
    public bool Wildcard { get; }

    /// <summary>The ways to prove control, of which one will do.</summary>
    public IReadOnlyList<AcmeChallenge> Challenges { get; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? Expires { get; internal init; }

    /// <summary>How long the CA asks to wait before the next look; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}
