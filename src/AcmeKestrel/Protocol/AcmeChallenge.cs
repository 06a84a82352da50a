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

    /// <summary>
    /// Of dns-persist-01 (draft-ietf-acme-dns-persist section 3.1): how the CA is called in the record, by any of these names. Empty where there are none, more than ten, or one that is no name as the draft wants it: the challenge is unusable then.
    /// </summary>
    public IReadOnlyList<string> IssuerDomainNames { get; internal init; } = [];

    /// <summary>The account as the record of dns-persist-01 has to name it (the same draft, version 01); null where the challenge does not say.</summary>
    public string? AccountUri { get; internal init; }

    /// <summary>It is worded as from version 02 of the draft on, where records name accounts by a hash.</summary>
    internal bool IsOfHashes { get; init; }

    /// <summary>Why it is <see cref="AcmeStatus.Invalid"/>.</summary>
    public AcmeProblem? Error { get; internal init; }

    /// <summary>How long the CA asks to wait for the outcome, where it was told of this challenge just now; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}
