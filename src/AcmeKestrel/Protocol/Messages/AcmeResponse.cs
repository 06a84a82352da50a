namespace AcmeKestrel.Protocol.Messages;

/// <summary>An answer, read to its end.</summary>
/// <param name="Url">What was requested, as it was signed.</param>
/// <param name="Body">Empty where an error's body was too large to be of use.</param>
internal sealed record AcmeResponse(string Url, int Status, ReadOnlyMemory<byte> Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>A nonce to go on with; null where there is none or an invalid one (RFC 8555 section 6.5.1).</summary>
    public string? Nonce { get; init; }

    /// <summary>As the CA sent it.</summary>
    public string? Location { get; init; }

    /// <summary>The <c>Link</c> fields.</summary>
    public IReadOnlyList<string> Links { get; init; } = [];

    /// <summary>The sender's clock; null: it did not say.</summary>
    public DateTimeOffset? Date { get; init; }

    public TimeSpan? RetryAfter { get; init; }
}
