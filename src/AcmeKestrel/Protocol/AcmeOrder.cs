using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>An order as the CA showed it last (RFC 8555 section 7.1.3).</summary>
/// <param name="Url">From the <c>Location</c> of the answer to newOrder: the only place it is told for certain.</param>
public sealed record AcmeOrder(string Url, AcmeStatus Status, IReadOnlyList<AcmeIdentifier> Identifiers, IReadOnlyList<string> Authorizations, string Finalize)
{
    /// <summary>When a pending order ends.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Where the certificate is, once <see cref="AcmeStatus.Valid"/>; some CAs are late with it: treat null as processing.</summary>
    public string? Certificate { get; init; }

    /// <summary>Why it is <see cref="AcmeStatus.Invalid"/>.</summary>
    public AcmeProblem? Error { get; init; }

    /// <summary>The profile the CA chose.</summary>
    public string? Profile { get; init; }

    /// <summary>The renewal-info id of the certificate that the CA takes it to replace (RFC 9773 section 5).</summary>
    public string? Replaces { get; init; }

    /// <summary>How long the CA asks to wait before the next look; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
