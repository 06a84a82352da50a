using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// A certificate as .NET's TLS shows it to whoever asks for the connection's own, without its key. .NET finds the context that a connection shares with others by the SHA-512 of its certificate: all of these
/// say the same, so they share one.
/// </summary>
/// <param name="leaf">OpenSSL's.</param>
/// <param name="mark">As long as a SHA-512 (<see cref="SharedContexts.Mark"/>).</param>
internal sealed class ShownCertificate(nint leaf, byte[] mark) : X509Certificate2(leaf)
{
    /// <summary>SHA-1, as .NET tells certificates apart. It has OpenSSL compute it, which may have opened the leaf where there is no digest.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "A name, no protection.")]
    public override byte[] GetCertHash() => SHA1.HashData(RawDataMemory.Span);

    public override string GetCertHashString() => Convert.ToHexString(GetCertHash());

    public override int GetHashCode() => BinaryPrimitives.ReadInt32BigEndian(GetCertHash());

    public override bool Equals(X509Certificate? other) => base.Equals(other);

    public override bool TryGetCertHash(HashAlgorithmName hashAlgorithm, Span<byte> destination, out int bytesWritten)
    {
        if (hashAlgorithm != HashAlgorithmName.SHA512) return base.TryGetCertHash(hashAlgorithm, destination, out bytesWritten);

        bytesWritten = mark.AsSpan().TryCopyTo(destination) ? mark.Length : 0;
        return bytesWritten > 0;
    }
}
