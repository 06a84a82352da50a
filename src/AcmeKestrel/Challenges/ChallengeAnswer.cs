using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>What a CA's probe must be shown (RFC 8555 section 8.1), as long as its authorization is pending: when that ends is known to the CA alone, not to a clock.</summary>
/// <param name="Type">One of <see cref="ChallengeTypes"/>.</param>
internal sealed record ChallengeAnswer(string Type, AcmeIdentifier Identifier, string Token, string KeyAuthorization);
