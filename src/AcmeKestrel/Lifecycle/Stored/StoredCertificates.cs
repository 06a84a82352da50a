using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Reads certificates when they are used, with every check that keeps a wrong one from being served.</summary>
internal sealed class StoredCertificates(IAcmeStore store, LabelLoader loader, ISuspects suspects, ILogger<StoredCertificates> logger) : ICertificateSource
{
    private readonly IRecordsAtHand? _atHand = store.FindAbility<IRecordsAtHand>();

    /// <inheritdoc/>
    public ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken) =>
        FindAtHand(wanted) is { } found ? ValueTask.FromResult<Generation?>(found) : ReadAsync(wanted, ReadForUse, cancellationToken);

    /// <inheritdoc/>
    public bool IsTemporary(Exception failure) => failure is StoreUnavailableException;

    /// <inheritdoc/>
    public void Reject(CertificateFacts unusable) => suspects.Suspect(unusable.Label, unusable.Generation);

    /// <summary>Looks at it with every check there is; what is wrong is said, and its label is read anew.</summary>
    /// <returns>What was read in its place; null: nothing that can be used.</returns>
    public ValueTask<Generation?> CheckAsync(CertificateFacts known, CancellationToken cancellationToken) => ReadAsync(known, GenerationRecord.Read, cancellationToken);

    /// <summary>Null where it is not at hand, or not exactly what is wanted: then it is looked at more closely.</summary>
    private Generation? FindAtHand(CertificateFacts wanted)
    {
        var key = GenerationRecord.Key(wanted.Label, wanted.Generation);
        if (_atHand?.TryRead(key, GenerationRecord.UsedParts) is not { } content) return null;
        try
        {
            var found = GenerationRecord.ReadForUse(key, content);
            return wanted.Describes(found) ? found : null;
        }
        catch (DamagedRecordException)
        {
            // It is read once more, and said then.
            return null;
        }
    }

    /// <summary>What the quick look does not understand is read as it was when it was stored, before anything is said of it.</summary>
    private static Generation ReadForUse(StoreRecord record)
    {
        try
        {
            return GenerationRecord.ReadForUse(record);
        }
        catch (DamagedRecordException)
        {
            return GenerationRecord.Read(record);
        }
    }

    private async ValueTask<Generation?> ReadAsync(CertificateFacts wanted, Func<StoreRecord, Generation> read, CancellationToken cancellationToken)
    {
        try
        {
            if (await store.ReadAsync(GenerationRecord.Key(wanted.Label, wanted.Generation), cancellationToken).ConfigureAwait(false) is { } record)
            {
                // Its name gets nothing else in its place; where that lasts, its label's own work finds an older one.
                if (record is { IsUnread: true, Error: { } error })
                {
                    Reject(wanted);
                    throw new StoreUnavailableException(error);
                }

                var found = read(record);
                if (!wanted.Describes(found)) Reject(wanted);
                return found;
            }
        }
        catch (DamagedRecordException damaged)
        {
            logger.RecordDamaged(damaged.Message);
        }
#pragma warning disable CA1031 // An engine of the application's own may fail at one record in a way that is none of a store's: that holds its own name and no other.
        catch (Exception surprise) when (surprise is not (OperationCanceledException or StoreUnavailableException))
#pragma warning restore CA1031
        {
            logger.RecordDamaged($"{GenerationRecord.Key(wanted.Label, wanted.Generation)} cannot be read: {surprise.Message}");
        }

        // Somebody removed it, or it is damaged: an older one is better than none, and the label's own work sees to the rest.
        Reject(wanted);
        return (await loader.ReadNewestAsync(wanted.Label, cancellationToken).ConfigureAwait(false)).Generation;
    }
}
