namespace AcmeKestrel.Certificates;

/// <summary>The port through which the lifecycle hands certificates to TLS: one reference write per (name, key family), no I/O.</summary>
internal interface ICertificatePublisher
{
    /// <summary>From now on new handshakes for the generation's names get it. Publishing the same generation twice is harmless.</summary>
    void Publish(Generation generation);

    /// <summary>The label's certificate is served no longer.</summary>
    void Withdraw(string label);
}
