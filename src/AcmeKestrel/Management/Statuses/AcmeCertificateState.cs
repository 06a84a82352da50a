namespace AcmeKestrel;

/// <summary>Where a certificate stands. States may be added in minor versions: show one that you do not know by its name.</summary>
public enum AcmeCertificateState
{
    /// <summary>Wished, and nothing has been tried yet.</summary>
    Waiting,

    /// <summary>An order is in flight; an older certificate may be served meanwhile.</summary>
    Ordering,

    /// <summary>A satisfying certificate is served.</summary>
    Served,

    /// <summary>The last attempt failed; it is tried again at the next attempt. An older certificate may be served meanwhile.</summary>
    Failing,

    /// <summary>Nothing is done until its reason is gone: terms, an unwritable state, a bad entry.</summary>
    Held,
}
