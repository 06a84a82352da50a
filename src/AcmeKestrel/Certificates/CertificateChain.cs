namespace AcmeKestrel.Certificates;

/// <summary>A leaf and the intermediates a CA sent with it, in the CA's order, as DER with the leaf's facts read out.</summary>
internal sealed record CertificateChain(
    ReadOnlyMemory<byte> Leaf,
    IReadOnlyList<ReadOnlyMemory<byte>> Intermediates,
    IReadOnlyList<AcmeIdentifier> Identifiers,
    KeyFamily KeyFamily,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter)
{
    /// <summary>How long the certificate is valid from its first to its last moment.</summary>
    public TimeSpan Lifetime => NotAfter - NotBefore;

    /// <summary>Parses <c>application/pem-certificate-chain</c> (RFC 8555 section 9.1); tolerates CRLF, text between blocks and a missing last newline.</summary>
    /// <exception cref="FormatException">No certificate, a damaged one, more than 16, or more than 256 KiB.</exception>
    public static CertificateChain ParsePem(ReadOnlySpan<byte> pem) => throw new NotImplementedException();

    /// <summary>The whole chain as PEM, leaf first.</summary>
    public string ToFullChainPem() => throw new NotImplementedException();

    /// <summary>The leaf alone as PEM.</summary>
    public string ToLeafPem() => throw new NotImplementedException();

    /// <summary>The intermediates alone as PEM; empty where there are none.</summary>
    public string ToIntermediatesPem() => throw new NotImplementedException();
}
