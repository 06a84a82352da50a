namespace AcmeKestrel;

/// <summary>The certificates this application keeps: their status, and a way to wait for or to drive them.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeCertificates
{
    /// <summary>A status for every wish and every entry that could not become one, by label.</summary>
    IReadOnlyList<AcmeCertificateStatus> List();

    /// <summary>
    /// Each status as it is, then each one that may have changed, until the token is cancelled. Of several changes of a label that come faster than they are read, the last one is given. Cheaper than
    /// asking for all of them again and again, where they are many.
    /// </summary>
    IAsyncEnumerable<AcmeStatusChange> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when every wish is served, failed once or held; returns the statuses then.</summary>
    Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default);

    /// <summary>One pass over the wishes: missing ones are requested, due ones renewed, each tried once now whatever its backoff says; then it ends. The server must be listening.</summary>
    Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default);
}
