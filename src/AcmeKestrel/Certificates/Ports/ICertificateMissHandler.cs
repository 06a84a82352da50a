namespace AcmeKestrel.Certificates.Ports;

/// <summary>The asynchronous seam a handshake takes when no certificate is in the table: a state that is still being listed, on-demand issuance and cluster lag attach here. Single flight and deadline are the caller's.</summary>
internal interface ICertificateMissHandler
{
    /// <summary>False: there is nothing to ask for now.</summary>
    bool IsAsked { get; }

    /// <summary>Tries to get a certificate published for the name; true when the table should be asked once more.</summary>
    /// <param name="name">The server name; of a client that sent none, the address that it came to, or what such clients get.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    ValueTask<bool> OnMissAsync(string name, CancellationToken cancellationToken);
}
