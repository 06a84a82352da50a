using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
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

    /// <summary>Another label's generation, for this one as well.</summary>
    /// <param name="from">The label and the id of the generation.</param>
    /// <exception cref="DamagedRecordException">There is no such generation, or it cannot be served.</exception>
    public async Task<Generation> CopyAsync(StateSession session, (string Label, string Id) from, string label, DateTimeOffset stamp, CancellationToken cancellationToken)
    {
        var key = GenerationRecord.Key(from.Label, from.Id);
        var record = await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new DamagedRecordException($"{key} is gone");
        var generation = GenerationRecord.Read(record);
        var copy = generation with { Label = label, Id = GenerationId.Of(stamp, generation.Origin.OrderUrl) };
        await CommitAsync(session, copy, cancellationToken).ConfigureAwait(false);
        return copy;
    }

    /// <summary>Takes away all that is stored and served of a label. A damaged record is evidence and stays.</summary>
    public async Task RemoveAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        publisher.Withdraw(label);
        if (view is not null) await view.HideAsync(label, cancellationToken).ConfigureAwait(false);
        foreach (var generation in await ListAsync(session, label, cancellationToken).ConfigureAwait(false)) await session.DeleteAsync(generation.Key, generation.Version, cancellationToken).ConfigureAwait(false);
    }

    private static async Task PruneAsync(StateSession session, string label, string current, CancellationToken cancellationToken)
    {
        var generations = await ListAsync(session, label, cancellationToken).ConfigureAwait(false);
        foreach (var old in generations.Where(record => GenerationRecord.Names(record.Key).Generation != current).OrderByDescending(record => record.Key.Name, StringComparer.Ordinal).Skip(KeptBesideTheCurrent))
        {
            await session.DeleteAsync(old.Key, old.Version, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Those that are whole: a damaged record stays for the operator.</summary>
    private static async Task<List<StoreRecord>> ListAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        var generations = new List<StoreRecord>();
        await foreach (var record in session.ListPrefixAsync(RecordKind.Certificate, $"{label}@", cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && GenerationRecord.Names(record.Key).Label == label) generations.Add(record);
        }

        return generations;
    }
}
