using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Reads certificates when they are used, with every check that keeps a wrong one from being served.</summary>
internal sealed class StoredCertificates(IAcmeStore store, LabelLoader loader, ISuspects suspects, ILogger<StoredCertificates> logger) : ICertificateSource
{
    /// <inheritdoc/>
    public async ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReadAsync(GenerationRecord.Key(wanted.Label, wanted.Generation), cancellationToken).ConfigureAwait(false) is { } record)
            {
                var read = GenerationRecord.Read(record);
                if (!wanted.Describes(read)) suspects.Suspect(wanted.Label, wanted.Generation);
                return read;
            }
        }
        catch (DamagedRecordException damaged)
        {
            logger.RecordDamaged(damaged.Message);
        }

        // Somebody removed it, or it is damaged: an older one is better than none, and the label's own work sees to the rest.
        suspects.Suspect(wanted.Label, wanted.Generation);
        return (await loader.ReadNewestAsync(wanted.Label, cancellationToken).ConfigureAwait(false)).Generation;
    }
}
