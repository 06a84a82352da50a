namespace AcmeKestrel;

/// <summary>The state of this application as an operator's command sees it, whether or not a server runs on it.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeState
{
    /// <summary>The state directory; null where the state is kept elsewhere.</summary>
    string? Directory { get; }

    /// <summary>There is something to look at. A state directory is made by its first use.</summary>
    bool Exists { get; }

    /// <summary>What the state directory lies on where that is another machine's, which locks and renames cannot be trusted with; null: nothing is known of that.</summary>
    string? RemoteVolume { get; }

    /// <summary>The same where a restart of the machine or the container empties it.</summary>
    string? FleetingVolume { get; }

    /// <summary>This process has tried to get the state, and another one has it: what is asked of <see cref="IAcmeCertificates"/> here is done there.</summary>
    bool IsElsewhere { get; }

    /// <summary>The process that has the state and answers; null: none does. Asks the socket in the state directory.</summary>
    Task<IAcmeServer?> FindServerAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// What a server that had the state now would do next for each wished certificate, and for what it has of others: reads the state and the wishes, asks no CA and writes nothing. For a process whose host was not started.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">The state cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The host was started: the state is the worker's, and its status says what it does.</exception>
    Task<IReadOnlyList<AcmePlannedCertificate>> PlanAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// What <see cref="IAcmeCertificates.ImportAsync"/> would do with each, as <see cref="PlanAsync"/> looks: nothing is written.
    /// </summary>
    /// <exception cref="Storage.StoreUnavailableException">As above.</exception>
    /// <exception cref="InvalidOperationException">As above.</exception>
    Task<IReadOnlyList<AcmeImportResult>> PlanImportsAsync(IReadOnlyList<AcmeCertificateImport> certificates, CancellationToken cancellationToken = default);

    /// <summary>What processes have asked of the one that has the state, in the order in which they did: what nobody has taken up, what is under way, and what is done and was not read yet by whoever asked. Changes nothing.</summary>
    /// <exception cref="Storage.StoreUnavailableException">The state cannot be read.</exception>
    Task<IReadOnlyList<AcmeRequestStatus>> ListRequestsAsync(CancellationToken cancellationToken = default);

    /// <summary>The name of the provider with this directory; null: none has it, or several of different CAs.</summary>
    /// <param name="directory">An https URL; or its host, where no more is known of it (and port, after a ':' or, as in a file name, a '_').</param>
    string? FindProvider(string directory);

    /// <summary>Wishes a certificate by a file in <c>desired/</c> of this machine, as an operator does; a server that runs sees it at once.</summary>
    /// <exception cref="ArgumentException">A name is none, or the label; nothing is written.</exception>
    /// <exception cref="Storage.StoreUnavailableException">The file cannot be written.</exception>
    AcmeDesiredFile Want(AcmeCertificateRequest request);

    /// <summary>Removes what <see cref="Want"/> wrote, or an operator's hand: it is renewed no more, and what is stored of it is served as long as it is good.</summary>
    /// <exception cref="ArgumentException">It is no label.</exception>
    /// <exception cref="Storage.StoreUnavailableException">As above.</exception>
    AcmeDesiredFile Unwant(string label);

    /// <summary>Before the host starts: the worker does what <see cref="IAcmeCertificates"/> and <see cref="IAcmeAccounts"/> ask of it, and nothing by itself, whatever is bound.</summary>
    void WorkOnRequest();
}
