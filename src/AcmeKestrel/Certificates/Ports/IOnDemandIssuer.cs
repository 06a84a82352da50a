namespace AcmeKestrel.Certificates.Ports;

/// <summary>The port through which a handshake gets a certificate for a name that nobody wished, if somebody allows it. Single flight, and how many at once, are the caller's.</summary>
internal interface IOnDemandIssuer
{
    /// <summary>False: nobody gets one so.</summary>
    bool IsOn { get; }

    /// <summary>How long a handshake waits.</summary>
    TimeSpan Wait { get; }

    /// <summary>The name came so, and is wished since.</summary>
    bool Knows(string name);

    /// <summary>The name as it would be asked for; null: it is none that ever is.</summary>
    /// <param name="serverName">As a client sent it.</param>
    string? Read(string serverName);

    /// <summary>Whether a name that is not known is worth asking for now; looks at what is in memory alone.</summary>
    /// <param name="network">Whose; the empty text where that is not known.</param>
    bool MayAsk(string name, string network);

    /// <summary>Has the name asked for, wished and ordered. True when the table should be asked once more.</summary>
    /// <param name="question">For a name as <see cref="Read"/> gives it.</param>
    /// <param name="patience">Ends the waiting for the certificate; what was begun goes on.</param>
    Task<bool> BringAsync(CertificateQuestion question, CancellationToken patience);
}
