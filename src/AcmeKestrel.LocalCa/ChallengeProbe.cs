namespace AcmeKestrel.LocalCa;

/// <summary>What a validator has to find out: whether <see cref="Identifier"/> shows <see cref="KeyAuthorization"/>. Members may be added in minor versions.</summary>
public sealed record ChallengeProbe
{
    /// <summary><c>http-01</c>, <c>tls-alpn-01</c> or <c>dns-01</c>.</summary>
    public required string Type { get; init; }

    /// <summary><c>dns</c> or <c>ip</c>.</summary>
    public required string IdentifierType { get; init; }

    /// <summary>The name or address; of a wildcard the name below the star, whose only challenge is <c>dns-01</c>.</summary>
    public required string Identifier { get; init; }

    /// <summary>RFC 8555 section 8.1.</summary>
    public required string Token { get; init; }

    /// <summary>RFC 8555 section 8.1: the token, a dot, the account key's thumbprint.</summary>
    public required string KeyAuthorization { get; init; }
}
