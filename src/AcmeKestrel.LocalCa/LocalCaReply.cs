namespace AcmeKestrel.LocalCa;

/// <summary>The CA's answer, free of any transport.</summary>
public sealed record LocalCaReply
{
    /// <summary>An answer as it goes out.</summary>
    public LocalCaReply(int status, IReadOnlyList<KeyValuePair<string, string>> headers, string? contentType, ReadOnlyMemory<byte> body)
    {
        ArgumentNullException.ThrowIfNull(headers);
        (Status, Headers, ContentType, Body) = (status, headers, contentType, body);
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; init; }

    /// <summary>Every header but the content's type and length.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>Null where there is no body.</summary>
    public string? ContentType { get; init; }

    /// <summary>As it goes out.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
