namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Part <c>answer.json</c> of an answer record; its name is the token.</summary>
internal sealed record StoredAnswer(string Type, string Identifier, string Token, string KeyAuthorization, DateTimeOffset Expires);
