namespace AcmeKestrel.Certificates;

/// <summary>The asynchronous seam a handshake takes when no certificate is in the table: on-demand issuance and cluster lag attach here. Single flight and deadline are the caller's.</summary>
internal interface ICertificateMissHandler
{
    /// <summary>Tries to get a certificate for <paramref name="serverName"/> published; true when the table should be asked once more.</summary>
    ValueTask<bool> OnMissAsync(string serverName, CancellationToken cancellationToken);
}
