using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>Part <c>answer.json</c> of an answer record; its name is the token.</summary>
internal sealed record StoredAnswer(
    [property: JsonRequired] string Type,
    [property: JsonRequired] string Identifier,
    [property: JsonRequired] string Token,
    [property: JsonRequired] string KeyAuthorization);
