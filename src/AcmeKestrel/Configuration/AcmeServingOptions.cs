namespace AcmeKestrel;

/// <summary>How many certificates are served from memory: <c>Acme:Serving</c>.</summary>
public sealed class AcmeServingOptions
{
    /// <summary>
    /// Certificates that are kept ready for TLS, 64 to 1,000,000; default 4096. Where they share one TLS context (Linux, OpenSSL 3) each takes some 11 KB, and three times that else. All others cost a few
    /// hundred bytes and are read when a handshake asks for them; what was not asked for longest goes back to that first. No connection ends by it.
    /// </summary>
    public string? MaxLoaded { get; set; }

    /// <summary>
    /// Certificates whose clients can resume their sessions however many others there are, 0 to 1,000,000; default 512. Where certificates share one TLS context (Linux, OpenSSL 3) all can; else the most used
    /// ones of those that are loaded, beyond the thirty or so that the platform can do that for by itself; some 11 KB each. 0 leaves all of it to the platform.
    /// </summary>
    public string? HotNames { get; set; }
}
