namespace AcmeKestrel.Certificates.Ports;

/// <summary>The port through which a handshake gets the bytes of a certificate that is known by its facts alone.</summary>
internal interface ICertificateSource
{
    /// <summary>The generation, checked; another one of the same label where that one cannot be used; null where none can. Single flight and deadline are the caller's.</summary>
    ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken);

    /// <summary>TLS could not use what was read.</summary>
    void Reject(CertificateFacts unusable);

    /// <summary>Whether a failure to read says nothing about the certificate: it is worth another try soon.</summary>
    bool IsTemporary(Exception failure);
}
