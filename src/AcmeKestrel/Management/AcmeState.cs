using AcmeKestrel.Certificates;
using AcmeKestrel.Desired.Files;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Control;
using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management;

/// <summary>The state, for commands.</summary>
internal sealed class AcmeState(IAcmeStore store, StateDirectoryOptions directory, StatePlan plan, AccountLook accounts, ServerFinder servers, RequestBook requests, WorkerGate gate, StateLease lease) : IAcmeState
{
    public string? Directory => Folder?.Root;

    public bool Exists => Folder?.Exists ?? true;

    public bool IsElsewhere => lease.IsElsewhere;

    public string? RemoteVolume => Folder?.RemoteVolume;

    public string? FleetingVolume => Folder?.FleetingVolume;

    public Task<IAcmeServer?> FindServerAsync(CancellationToken cancellationToken = default) => servers.FindAsync(cancellationToken);

    public Task<IReadOnlyList<AcmePlannedCertificate>> PlanAsync(CancellationToken cancellationToken = default) => plan.ReadAsync(cancellationToken);

    public Task<IReadOnlyList<AcmeImportResult>> PlanImportsAsync(IReadOnlyList<AcmeCertificateImport> certificates, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificates);
        return plan.ReadImportsAsync(certificates, cancellationToken);
    }

    public Task<IReadOnlyList<AcmeRequestStatus>> ListRequestsAsync(CancellationToken cancellationToken = default) => requests.ListAsync(cancellationToken);

    public string? FindProvider(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return accounts.FindProvider(directory)?.Name;
    }

    public AcmeDesiredFile Want(AcmeCertificateRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var (named, names) = WishedNames.Check(request);
        return Try(writer => writer.Write(named.Label!, named, names));
    }

    public AcmeDesiredFile Unwant(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        if (!CertificateLabel.TryParse(label, out var known, out var fault)) throw new ArgumentException(fault, nameof(label));
        return Try(writer => writer.Remove(known));
    }

    public void WorkOnRequest() => gate.IsOnRequest = true;

    /// <summary>Where the wishes of files are followed: on each machine, whatever store the state is in.</summary>
    private AcmeDesiredFile Try(Func<DesiredFileWriter, AcmeDesiredFile> change)
    {
        try
        {
            return change(new DesiredFileWriter(directory.Path));
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException(refused.Message, refused);
        }
    }

    private IStateFolder? Folder => store.FindAbility<IStateFolder>();
}
