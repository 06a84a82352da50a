namespace AcmeKestrel.Protocol;

/// <summary>An external account binding (RFC 8555 section 7.3.4).</summary>
/// <param name="MacKey">As the CA gave it: base64url or base64, padded or not.</param>
public sealed record AcmeExternalAccount(string KeyId, string MacKey)
{
    /// <summary>Never shows the key.</summary>
    public override string ToString() => $"{KeyId} (key hidden)";
}
