namespace AcmeKestrel.LocalCa;

/// <summary>A request to the CA, free of any transport.</summary>
/// <param name="Path">The URL's path, such as <c>/new-order</c> or <c>/order/7kQ</c>.</param>
public sealed record LocalCaRequest(string Method, string Path, string? ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>The path's first segment: <c>directory</c>, <c>new-nonce</c>, <c>new-account</c>, <c>account</c>, <c>orders</c>, <c>new-order</c>, <c>order</c>,
    /// <c>authorization</c>, <c>challenge</c>, <c>finalize</c>, <c>certificate</c>, <c>revoke-cert</c>, <c>renewal-info</c>, <c>crl</c>.</summary>
    public string Resource => Path.Split('/') is [_, var first, ..] ? first : "";
}

/// <summary>The CA's answer, free of any transport.</summary>
public sealed record LocalCaReply(int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, string? ContentType, ReadOnlyMemory<byte> Body);
