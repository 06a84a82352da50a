namespace AcmeKestrel;

/// <summary>A TXT record that proves control of a name (RFC 8555 section 8.4).</summary>
/// <param name="Name">Where it stands: a name in A-labels and lower case without the last dot, where CNAME records lead as well.</param>
/// <param name="Value">Its text: the digest of the key authorization, 43 characters.</param>
/// <param name="Domain">What is proven, without <c>*.</c>.</param>
/// <param name="Token">The challenge's token.</param>
/// <param name="KeyAuthorization">The key authorization, for who makes the value himself (RFC 8555 section 8.1).</param>
public sealed record DnsChallengeRecord(string Name, string Value, string Domain, string Token, string KeyAuthorization);
