namespace AcmeKestrel.LocalCa;

/// <summary>A request to the CA, free of any transport.</summary>
public sealed record LocalCaRequest
{
    /// <summary>A request with what the CA looks at.</summary>
    public LocalCaRequest(string method, string path, string? contentType, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(path);
        (Method, Path, ContentType, Body) = (method, path, contentType, body);
    }

    /// <summary>Such as <c>POST</c>.</summary>
    public string Method { get; init; }

    /// <summary>The URL's path, such as <c>/new-order</c> or <c>/order/7kQ</c>.</summary>
    public string Path { get; init; }

    /// <summary>As the client sent it.</summary>
    public string? ContentType { get; init; }

    /// <summary>As the client sent it.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The path's first segment: <c>directory</c>, <c>new-nonce</c>, <c>new-account</c>, <c>account</c>, <c>orders</c>, <c>new-order</c>, <c>order</c>,
    /// <c>authorization</c>, <c>challenge</c>, <c>finalize</c>, <c>certificate</c>, <c>revoke-cert</c>, <c>key-change</c>, <c>renewal-info</c>, <c>crl</c>.</summary>
    public string Resource => Path.Split('/') is [_, var first, ..] ? first : "";
}
