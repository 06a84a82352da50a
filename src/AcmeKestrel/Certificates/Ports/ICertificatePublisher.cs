namespace AcmeKestrel.Certificates.Ports;

/// <summary>The port through which the lifecycle hands certificates to TLS: one reference write per name, no I/O.</summary>
internal interface ICertificatePublisher
{
    /// <summary>Why nothing that is published reaches a visitor; null where it does.</summary>
    string? Unreachable { get; }

    /// <summary><see cref="Unreachable"/> may say something else now. Who listens is quick and throws nothing.</summary>
    event Action? ReachChanged
    {
        add { }
        remove { }
    }

    /// <summary>From now on new handshakes for the generation's names get it. Publishing the same generation twice is harmless.</summary>
    void Publish(Generation generation);

    /// <summary>The same for a stored one: its bytes are read when a handshake wants them. A newer one that is in hand and good stays, since a store may lose its newest.</summary>
    void Publish(CertificateFacts stored);

    /// <summary>The same for one that has just been read: where the former one is at hand for handshakes this one is, too. A store that falls silent now must not keep a visited name from being served.</summary>
    void PublishStored(Generation read) => Publish(CertificateFacts.Of(read));

    /// <summary>Whether it would come in the place of another one that visitors are shown: it is read first then, and published by <see cref="PublishStored(Generation)"/>.</summary>
    bool IsToBeRead(CertificateFacts stored) => false;

    /// <summary>One that somebody came upon: the label's own, where it has one, stays.</summary>
    void PublishFound(Generation generation);

    /// <summary>What is wished otherwise now: of several certificates for a name, one that is wished for it comes first.</summary>
    void ChangeWishes(IReadOnlyCollection<WishChange> changes);

    /// <summary>The label's certificate is served no longer.</summary>
    void Withdraw(string label);
}
