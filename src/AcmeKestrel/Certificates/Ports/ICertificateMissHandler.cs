namespace AcmeKestrel.Certificates.Ports;

/// <summary>The asynchronous seam a handshake takes when no certificate is in the table: a state that is still being listed attaches here. Single flight, turns and deadline are the caller's.</summary>
internal interface ICertificateMissHandler
{
    /// <summary>False: there is nothing to ask for now.</summary>
    bool IsAsked { get; }

    /// <summary>What is stored is being listed: a name that no certificate is known for may have one all the same.</summary>
    bool IsListing { get; }

    /// <summary>Whether there may be one for the name; if not, nothing else is done for it. Strangers ask for whatever they like, and all of them share what this costs.</summary>
    /// <param name="name">As in a question.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    ValueTask<bool> MayHaveAsync(string name, CancellationToken cancellationToken);

    /// <summary>Tries to get a certificate published for the name; true when the table should be asked once more. Throws where that cannot be told now.</summary>
    /// <param name="question">For a name that there may be one for.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    ValueTask<bool> OnMissAsync(CertificateQuestion question, CancellationToken cancellationToken);
}
