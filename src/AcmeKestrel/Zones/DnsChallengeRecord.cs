namespace AcmeKestrel;

/// <summary>A TXT record that proves control of a name (RFC 8555 section 8.4).</summary>
public sealed record DnsChallengeRecord
{
    /// <summary>A record as it is to be written, or removed.</summary>
    public DnsChallengeRecord(string name, string value, string domain, string token, string keyAuthorization) =>
        (Name, Value, Domain, Token, KeyAuthorization) = (name, value, domain, token, keyAuthorization);

    /// <summary>Where it stands: a name in A-labels and lower case without the last dot, where CNAME records lead as well.</summary>
    public string Name { get; init; }

    /// <summary>Its text: the digest of the key authorization, 43 characters.</summary>
    public string Value { get; init; }

    /// <summary>What is proven, without <c>*.</c>.</summary>
    public string Domain { get; init; }

    /// <summary>The challenge's token.</summary>
    public string Token { get; init; }

    /// <summary>The key authorization, for who makes the value himself (RFC 8555 section 8.1).</summary>
    public string KeyAuthorization { get; init; }
}
