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
    public override bool TryGetCertHash(HashAlgorithmName hashAlgorithm, Span<byte> destination, out int bytesWritten)
    {
        if (hashAlgorithm != HashAlgorithmName.SHA512) return base.TryGetCertHash(hashAlgorithm, destination, out bytesWritten);

        bytesWritten = mark.AsSpan().TryCopyTo(destination) ? mark.Length : 0;
        return bytesWritten > 0;
    }
}
