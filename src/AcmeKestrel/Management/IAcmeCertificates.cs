namespace AcmeKestrel;

/// <summary>The certificates this application keeps: their status, and a way to wait for or to drive them.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeCertificates
{
    /// <summary>A status for every wish and every entry that could not become one, by label: from memory, without what <see cref="GetAsync"/> reads for a single one.</summary>
    IReadOnlyList<AcmeCertificateStatus> List();

    /// <summary>
    /// Each status as it is, then each one that may have changed, until the token is cancelled. Of several changes of a label that come faster than they are read, the last one is given, and none is missed:
    /// whoever keeps the last status of each label has what <see cref="List"/> says, however slowly it is read. Cheaper than
    /// asking for all of them again and again, where they are many.
    /// </summary>
    IAsyncEnumerable<AcmeStatusChange> WatchAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when every wish is served, failed once or held; returns the statuses then.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the application stops.</exception>
    Task<IReadOnlyList<AcmeCertificateStatus>> WaitUntilSettledAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// The status of one label with all that is known of it, or of an entry that could not become a wish, by where it stands; null: there is none. Reads the label's own records, and asks no CA; where one of them cannot be
    /// read the status says so.
    /// </summary>
    ValueTask<AcmeCertificateStatus?> GetAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>
    /// Wishes a certificate, from now on and over restarts, and completes when it is served, has failed once or is held: the status says which, and why. The wish stays whatever it says, and is followed
    /// like one of the configuration; asking once more for the same costs a look. Where a stronger source (<see cref="Certificates.AcmeWishSource"/>) wishes the names already, the status is that one's.
    /// </summary>
    /// <exception cref="ArgumentException">A name is none; the message says why. Nothing is wished.</exception>
    /// <exception cref="Storage.StoreUnavailableException">The wish cannot be kept: nobody who has the state took it up, or it cannot be written. Nothing is wished.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the application stops: nobody will say any more what becomes of it. The wish stays, and the next process goes on with it.</exception>
    Task<AcmeCertificateStatus> EnsureAsync(AcmeCertificateRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes back what <see cref="EnsureAsync"/>, or a visitor on demand, wished under this label: it is renewed no more, and what is stored of it is served as long as it is good. False: it was not wished so. What the configuration or another
    /// source wishes is not touched.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">As above.</exception>
    Task<bool> ForgetAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>Has another certificate ordered now, though the present one is good: whatever its schedule says, but within the CA's limits and waits. Completes like <see cref="EnsureAsync"/>; null: nobody wishes the label.</summary>
    /// <exception cref="OperationCanceledException">As above; what was asked for may be forgotten then.</exception>
    Task<AcmeCertificateStatus?> RenewAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>Has what failed tried once now, whatever its backoff says, but within the CA's limits and waits. Completes like <see cref="EnsureAsync"/>; null: nobody wishes the label.</summary>
    /// <exception cref="OperationCanceledException">As above.</exception>
    Task<AcmeCertificateStatus?> RetryAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has nothing ordered for the label from now on and over restarts, whatever is asked for, until <see cref="ReleaseAsync"/>; an order in flight comes to its end, and what is stored is served as long as it is
    /// good. Completes when that is kept. Null: nobody wishes the label.
    /// </summary>
    /// <param name="label">Of a wish.</param>
    /// <param name="reason">What the status is to say.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">As above; whether it was kept is not known then.</exception>
    Task<AcmeCertificateStatus?> HoldAsync(string label, string? reason = null, CancellationToken cancellationToken = default);

    /// <summary>Ends what <see cref="HoldAsync"/> began. Completes like <see cref="EnsureAsync"/>; null: nobody wishes the label.</summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be kept.</exception>
    /// <exception cref="OperationCanceledException">As above.</exception>
    Task<AcmeCertificateStatus?> ReleaseAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>
    /// Has the label's certificate replaced and then revoked. It is on disk before anything is asked of a CA and goes on by itself, over restarts: another certificate is ordered at once, within the CA's limits and waits, and served; then
    /// the CA is asked to revoke the former one, by the account that ordered it or, where that is lost, by the certificate's own key; then the authorizations that it was issued by are given up. After <see cref="AcmeRevocationReason.KeyCompromise"/>
    /// the new one has a new key, whatever <c>ReuseKey</c> says, all stored certificates of the label are revoked that have not expired, and a replacement that does not come is waited for no longer than a day. Where nobody
    /// wishes the label any more nothing takes its place, and what is stored of it goes. Completes when that is done, or has failed once or is held: the result says which. Asked again meanwhile, it goes on at once.
    /// Null: nothing is stored of the label.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be kept: nobody who has the state took it up, or it cannot be written. Nothing is revoked.</exception>
    Task<AcmeRevocationResult?> RevokeAsync(string label, AcmeRevocationReason reason, CancellationToken cancellationToken = default);

    /// <summary>
    /// Serves the label's previous certificate again, from now on and over restarts: the newest stored one that is another than the present, has not expired, is not revoked and is as wished. It stays until its own renewal is due, and nothing else is
    /// held by it; asked once more, it is the other way round. Null: nobody wishes the label.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be kept: nobody who has the state took it up, or it cannot be written. Nothing has changed.</exception>
    Task<AcmeRollBackResult?> RollBackAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tries whether a certificate would come: orders one for the label's names at the staging directory of its CA (<c>Acme:Providers:&lt;name&gt;:Staging</c>), with the account that this state has there, the whole way through validation, finalize and
    /// download, and throws it away. Nothing that is stored or served changes. Null: nobody wishes the label.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">The state cannot be written: an order is on disk before it is made, whatever it is for.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the application stops: the order is given up.</exception>
    Task<AcmeDryRunResult?> DryRunAsync(string label, CancellationToken cancellationToken = default);

    /// <summary>
    /// Tries whether a CA would find an http-01 answer for the name, wished or not: lays one out in the process that has the state, and looks for it as a CA does, at each address of the name and along redirects, as far as that machine sees. Asks no CA.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">The state cannot be written, or nobody has it.</exception>
    Task<AcmeHttpTestResult> TestHttpAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes over a certificate that another program obtained, without an order: checked as any stored one is, it is the label's from now on, and served. It never replaces a newer one; the same one twice changes nothing. Where its names
    /// are wished under another label it is that label's. It is renewed where somebody wishes it: <see cref="AcmeImportResult.Wish"/> is what to wish.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be kept: the state cannot be written, or nobody has it. Nothing has changed.</exception>
    Task<AcmeImportResult> ImportAsync(AcmeCertificateImport certificate, CancellationToken cancellationToken = default);

    /// <summary>One pass over the wishes: missing ones are requested, due ones renewed, each tried once now whatever its backoff says; then it ends. The server must be listening.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the application stops: the next pass continues what this one began.</exception>
    Task<AcmeReconcileResult> ReconcileAsync(CancellationToken cancellationToken = default);
}
