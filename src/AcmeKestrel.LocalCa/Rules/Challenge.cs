namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 7.1.5.</summary>
/// <param name="Token">Null: the type has none.</param>
internal sealed record Challenge(string Id, string Type, string? Token, Status Status)
{
    public DateTimeOffset? Validated { get; init; }

    public Problem? Error { get; init; }
}
