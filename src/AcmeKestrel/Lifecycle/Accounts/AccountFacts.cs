using System.Text.Json.Serialization;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>Part <c>account.json</c> of an account record.</summary>
/// <param name="Url">Null until the CA told it.</param>
/// <param name="EabKeyIdSent">The external account binding that was, or may have been, spent on this account.</param>
/// <param name="PreviousUrls">Accounts of this key that the CA lost.</param>
internal sealed record AccountFacts(string? Email, string? Url, string? EabKeyIdSent, [property: JsonRequired] IReadOnlyList<string> PreviousUrls, DateTimeOffset CreatedAt)
{
    /// <summary>When this side closed it, or was about to: nothing is ordered or registered with its key any more.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    /// <summary>When the CA was last asked to change the key; it may still do so a while later.</summary>
    public DateTimeOffset? KeyChangeAt { get; init; }

    /// <summary>Since when the CA has known neither of the two keys, at each look; null: it knows one, or tells of none.</summary>
    public DateTimeOffset? UnknownSince { get; init; }

    /// <summary>Mail addresses that it was the account of before (RFC 8555 section 7.3.2), empty for the account without one: nothing is registered for them by itself.</summary>
    public IReadOnlyList<string>? FormerEmails { get; init; }
}
