using AcmeKestrel.Certificates;

namespace AcmeKestrel.Challenges;

/// <summary>What a CA's probe must be shown (RFC 8555 section 8.1).</summary>
/// <param name="Type">One of <see cref="ChallengeTypes"/>.</param>
/// <param name="Expires">After this moment the answer is no longer given.</param>
internal sealed record ChallengeAnswer(string Type, AcmeIdentifier Identifier, string Token, string KeyAuthorization, DateTimeOffset Expires);
