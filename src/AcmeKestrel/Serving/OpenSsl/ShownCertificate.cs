using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AcmeKestrel.Serving.OpenSsl;

/// <summary>
/// A certificate as .NET's TLS shows it to whoever asks for the connection's own, without its key. .NET finds the context that a connection shares with others by the SHA-512 of its certificate: here all
/// have the same, so all certificates share one (<see cref="SharedContexts"/>).
/// </summary>
internal sealed class ShownCertificate(nint leaf) : X509Certificate2(leaf)
{
    private static readonly byte[] Shared = RandomNumberGenerator.GetBytes(SHA512.HashSizeInBytes);

    public override bool TryGetCertHash(HashAlgorithmName hashAlgorithm, Span<byte> destination, out int bytesWritten)
    {
        if (hashAlgorithm != HashAlgorithmName.SHA512) return base.TryGetCertHash(hashAlgorithm, destination, out bytesWritten);

        bytesWritten = Shared.AsSpan().TryCopyTo(destination) ? Shared.Length : 0;
        return bytesWritten > 0;
    }
}
