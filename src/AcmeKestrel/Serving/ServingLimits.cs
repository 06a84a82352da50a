namespace AcmeKestrel.Serving;

/// <summary>What a stranger's connection may cost before it has shown a certificate's name.</summary>
internal sealed record ServingLimits
{
    /// <summary>From accept to the last byte of the ClientHello. Kestrel's own handshake timeout starts only after that.</summary>
    public TimeSpan HelloDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A ClientHello with post-quantum key shares has about 2 KB.</summary>
    public int MaxHelloBytes { get; init; } = 64 * 1024;

    /// <summary>A whole tls-alpn-01 handshake.</summary>
    public TimeSpan ProbeDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Concurrent <c>acme-tls/1</c> handshakes: a CA validates from about five places at once, for many names at once. Of too many of any kind the oldest ends.</summary>
    public int MaxProbes { get; init; } = 1024;

    /// <summary>Of these, for one asker's network. A CA that validates hundreds of names at once comes from one; behind a proxy all do.</summary>
    public int MaxProbesOfAsker { get; init; } = 512;

    /// <summary>Of these, for one answer.</summary>
    public int MaxProbesOfAnswer { get; init; } = 64;

    /// <summary>Of these, for one answer from one asker's network: behind a proxy, a CA's five places and what else comes.</summary>
    public int MaxProbesOfAskerAndAnswer { get; init; } = 32;

    /// <summary>How long a handshake waits for a certificate that is not in the table; then the connection ends, where there may be one.</summary>
    public TimeSpan MissDeadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Names looked for at once, of those that may be stored; others wait for their turn.</summary>
    public int MaxMisses { get; init; } = 64;

    /// <summary>Names that are asked for, or ordered, on demand at once; of those that were wished so before and of all others each.</summary>
    public int MaxOnDemand { get; init; } = 64;

    /// <summary>Of these, for one asker's network.</summary>
    public int MaxOnDemandOfAsker { get; init; } = 8;

    /// <summary>Handshakes that wait for a certificate on demand, for whichever name; one more gets what unknown names get.</summary>
    public int MaxOnDemandWaiting { get; init; } = 1024;

    /// <summary>Of these, for one asker's network.</summary>
    public int MaxOnDemandWaitingOfAsker { get; init; } = 128;

    /// <summary>How long a handshake waits for a certificate that is stored and cold; then the connection ends.</summary>
    public TimeSpan LoadDeadline { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Cold certificates that are read and opened at once; others wait for their turn.</summary>
    public int MaxLoads { get; init; } = 16;

    /// <summary>Cold certificates that one asker's network waits for at once while another one waits, too: some half a second's work. Of one more the connection ends.</summary>
    public int MaxLoadsOfAsker { get; init; } = 1024;

    /// <summary>Reads that nobody waits for any more and that have not ended; beyond that none is begun, and what is loaded is served.</summary>
    public int MaxHangingLoads { get; init; } = 64;
}
