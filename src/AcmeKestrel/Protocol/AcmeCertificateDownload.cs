namespace AcmeKestrel.Protocol;

/// <summary>A downloaded chain and where the CA's other chains are.</summary>
public sealed class AcmeCertificateDownload
{
    internal AcmeCertificateDownload(ReadOnlyMemory<byte> pem, IReadOnlyList<string> alternates) => (Pem, Alternates) = (pem, alternates);

    /// <summary>The chain as the CA sent it, the certificate first; nothing in it has been checked.</summary>
    public ReadOnlyMemory<byte> Pem { get; }

    /// <summary>URLs of other chains for the same certificate, for <see cref="AcmeAccount.DownloadAsync"/>.</summary>
    public IReadOnlyList<string> Alternates { get; }
}
