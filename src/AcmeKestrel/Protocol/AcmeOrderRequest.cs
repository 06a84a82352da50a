using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>What to order (RFC 8555 section 7.4).</summary>
public sealed record AcmeOrderRequest
{
    /// <summary>An order for these names and addresses.</summary>
    public AcmeOrderRequest(IReadOnlyList<AcmeIdentifier> identifiers)
    {
        ArgumentNullException.ThrowIfNull(identifiers);
        Identifiers = identifiers;
    }

    /// <summary>What the certificate is to be for.</summary>
    public IReadOnlyList<AcmeIdentifier> Identifiers { get; init; }

    /// <summary>The CA's profile; null = the CA's choice.</summary>
    public string? Profile { get; init; }

    /// <summary>The certificate this one replaces, as a renewal-info id (RFC 9773 section 5).</summary>
    public string? Replaces { get; init; }
}
