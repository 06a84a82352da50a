namespace AcmeKestrel.Protocol;

/// <summary>A challenge as the CA showed it last (RFC 8555 section 8). Types unknown to this library are kept as they are.</summary>
public sealed class AcmeChallenge
{
    internal AcmeChallenge(string type, string url, AcmeStatus status, string? token) => (Type, Url, Status, Token) = (type, url, status, token);

    /// <summary>Such as <c>http-01</c>.</summary>
    public string Type { get; }

    /// <summary>Where the CA is told to validate: <see cref="AcmeAccount.AnswerAsync"/>.</summary>
    public string Url { get; }

    /// <summary>Where it stands.</summary>
    public AcmeStatus Status { get; }

    /// <summary>
    /// Null where the type has none; else checked against base64url, 22 to 256 characters: one that fails is null too, which makes the challenge unusable.
    /// </summary>
    public string? Token { get; }

    /// <summary>Why it is <see cref="AcmeStatus.Invalid"/>.</summary>
    public AcmeProblem? Error { get; internal init; }

    /// <summary>How long the CA asks to wait for the outcome, where it was told of this challenge just now; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}
