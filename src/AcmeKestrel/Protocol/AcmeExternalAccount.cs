using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol;

/// <summary>An external account binding (RFC 8555 section 7.3.4). Some CAs let each be used once.</summary>
public sealed record AcmeExternalAccount
{
    /// <summary>The key id that the CA gave.</summary>
    public required string KeyId { get; init; }

    /// <summary>As the CA gave it: base64url or base64, padded or not.</summary>
    public required string MacKey { get; init; }

    /// <summary>What the key signs with.</summary>
    public AcmeMacAlgorithm Algorithm { get; init; }

    /// <summary>Never shows the key.</summary>
    public override string ToString() => $"{KeyId} (key hidden)";
}
