using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A store with one certificate, which cannot be read at times.</summary>
internal sealed class MoodyStore(Generation stored) : ICertificateSource
{
    public Generation Stored => stored;

    public bool IsDown { get; set; }

    public bool IsTemporary(Exception failure) => failure is TimeoutException;

    public void Reject(CertificateFacts unusable)
    {
    }

    public ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken) =>
        IsDown ? throw new TimeoutException("The disk does not answer.") : ValueTask.FromResult<Generation?>(stored);
}
