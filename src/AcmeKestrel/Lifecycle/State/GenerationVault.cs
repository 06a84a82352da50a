using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Commits generations, shows them to TLS and to programs outside, and lets old ones go.</summary>
/// <param name="view">The store's outside view, where it has one.</param>
internal sealed class GenerationVault(ICertificatePublisher publisher, ILogger<GenerationVault> logger, ICertificateView? view = null)
{
    private const int KeptBesideTheCurrent = 2;

    /// <summary>One record holds it all: after this it cannot be lost, and before it nothing of it exists.</summary>
    public async Task CommitAsync(StateSession session, Generation generation, CancellationToken cancellationToken)
    {
        await session.WriteAsync(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation), cancellationToken).ConfigureAwait(false);
        publisher.Publish(generation);
    }

    /// <summary>After the commit: a failure here costs nothing but a late link or an old folder, and the next commit makes up for it.</summary>
    public async Task TidyAsync(StateSession session, string label, string current, CancellationToken cancellationToken)
    {
        try
        {
            if (view is not null) await view.SwitchAsync(label, current, cancellationToken).ConfigureAwait(false);
            await PruneAsync(session, label, current, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            logger.GenerationNotTidied(label, current, unwritable.Message);
        }
    }

    private static async Task PruneAsync(StateSession session, string label, string current, CancellationToken cancellationToken)
    {
        var generations = new List<StoreRecord>();
        await foreach (var record in session.ListPrefixAsync(RecordKind.Certificate, $"{label}@", cancellationToken).ConfigureAwait(false))
        {
            if (GenerationRecord.Names(record.Key) is var (owner, id) && owner == label && id != current) generations.Add(record);
        }

        // A damaged record is evidence: it stays for the operator.
        foreach (var old in generations.Where(record => record.Error is null).OrderByDescending(record => record.Key.Name, StringComparer.Ordinal).Skip(KeptBesideTheCurrent))
        {
            await session.DeleteAsync(old.Key, old.Version, cancellationToken).ConfigureAwait(false);
        }
    }
}
