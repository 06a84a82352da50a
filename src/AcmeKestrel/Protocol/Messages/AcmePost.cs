namespace AcmeKestrel.Protocol.Messages;

/// <summary>A request to be signed. An empty payload makes it a POST-as-GET (RFC 8555 section 6.3).</summary>
/// <param name="Operation">What is asked for, of <see cref="AcmeOperation"/>.</param>
/// <param name="AccountUrl">Null = the key introduces itself: newAccount, and revocation by a certificate's key (RFC 8555 section 6.2).</param>
internal sealed record AcmePost(string Url, string Operation, AcmeAccountKey Key, string? AccountUrl, ReadOnlyMemory<byte> Payload)
{
    public const int JsonLimit = 1024 * 1024;
    public const int CertificateLimit = 256 * 1024;

    /// <summary>Refusals of newAccount have meanings of their own.</summary>
    public bool IsNewAccount { get; init; }

    /// <summary>The directory names this resource: should it be gone, the directory is out of date.</summary>
    public bool IsFromDirectory { get; init; }

    /// <summary>The largest answer worth reading.</summary>
    public int Limit { get; init; } = JsonLimit;

    public string? Accept { get; init; }
}
