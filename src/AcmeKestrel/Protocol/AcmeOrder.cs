using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>An order as the CA showed it last (RFC 8555 section 7.1.3).</summary>
public sealed class AcmeOrder
{
    internal AcmeOrder(string url, AcmeStatus status, IReadOnlyList<AcmeIdentifier> identifiers, IReadOnlyList<string> authorizations, string finalize) =>
        (Url, Status, Identifiers, Authorizations, Finalize) = (url, status, identifiers, authorizations, finalize);

    /// <summary>From the <c>Location</c> of the answer to newOrder: the only place it is told for certain.</summary>
    public string Url { get; }

    /// <summary>Where it stands.</summary>
    public AcmeStatus Status { get; }

    /// <summary>What the certificate will be for; identifiers of kinds this library never orders are left out.</summary>
    public IReadOnlyList<AcmeIdentifier> Identifiers { get; }

    /// <summary>The authorizations' URLs.</summary>
    public IReadOnlyList<string> Authorizations { get; }

    /// <summary>Where a ready order is finalized.</summary>
    public string Finalize { get; }

    /// <summary>When a pending order ends.</summary>
    public DateTimeOffset? Expires { get; internal init; }

    /// <summary>Where the certificate is, once <see cref="AcmeStatus.Valid"/>; some CAs are late with it: treat null as processing.</summary>
    public string? Certificate { get; internal init; }

    /// <summary>Why it is <see cref="AcmeStatus.Invalid"/>.</summary>
    public AcmeProblem? Error { get; internal init; }

    /// <summary>The profile the CA chose.</summary>
    public string? Profile { get; internal init; }

    /// <summary>The renewal-info id of the certificate that the CA takes it to replace (RFC 9773 section 5).</summary>
    public string? Replaces { get; internal init; }

    /// <summary>How long the CA asks to wait before the next look; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}
