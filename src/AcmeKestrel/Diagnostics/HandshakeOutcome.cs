namespace AcmeKestrel.Diagnostics;

/// <summary>What a TLS client was given.</summary>
internal enum HandshakeOutcome
{
    /// <summary>A certificate of ours that was ready.</summary>
    Hit,

    /// <summary>A certificate of ours that was waited for.</summary>
    Cold,

    /// <summary>None of ours: the user's own, or the self-signed one.</summary>
    Fallback,

    /// <summary>Nothing, since there is no certificate for its name.</summary>
    Refused,

    /// <summary>Nothing, since its certificate could not be read in time.</summary>
    Late,
}
