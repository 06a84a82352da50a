using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Commits generations, shows them to TLS and to programs outside, and lets old ones go.</summary>
internal sealed class GenerationVault(ICertificatePublisher publisher, IGenerationOutlet outlet, ILogger<GenerationVault> logger)
{
    private const int KeptBesideTheCurrent = 2;

    /// <summary>Of earlier generations so many are remembered: those that are kept, and some that could not be let go.</summary>
    private const int Remembered = 8;

    /// <summary>One record holds it all: after this it cannot be lost, and before it nothing of it exists.</summary>
    /// <param name="previous">The label's newest generation so far.</param>
    public Task CommitAsync(StateSession session, Generation generation, string? previous, CancellationToken cancellationToken) => CommitAsync(session, generation, previous, isIssued: true, cancellationToken);

    private async Task CommitAsync(StateSession session, Generation generation, string? previous, bool isIssued, CancellationToken cancellationToken)
    {
        await outlet.ExpectAsync(session, generation, isIssued, cancellationToken).ConfigureAwait(false);
        var earlier = previous is null ? [] : await NameEarlierAsync(session, generation, previous, cancellationToken).ConfigureAwait(false);
        await session.WriteAsync(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation, earlier), cancellationToken).ConfigureAwait(false);
        publisher.Publish(generation);
        outlet.Committed(generation);
    }

    /// <summary>After the commit: a failure here costs nothing but a late link or an old folder, and the next commit makes up for it.</summary>
    /// <param name="session">Under which it was committed.</param>
    /// <param name="label">Whose generations they are.</param>
    /// <param name="current">The newest one.</param>
    /// <param name="cancellationToken">Ends the tidying.</param>
    /// <param name="kept">Generations that are wanted yet, however old.</param>
    public async Task TidyAsync(StateSession session, string label, string current, CancellationToken cancellationToken, IReadOnlyList<string>? kept = null)
    {
        try
        {
            // What is shown as long as that has to wait is old, and must not go.
            if (!await outlet.ShowAsync(session, label, current, cancellationToken).ConfigureAwait(false)) return;
            await PruneAsync(session, label, current, kept ?? [], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            logger.GenerationNotTidied(label, current, unwritable.Message);
        }
    }

    /// <summary>Another label's generation, for this one as well.</summary>
    /// <param name="from">The label and the id of the generation.</param>
    /// <param name="label">The one that gets it.</param>
    /// <param name="previous">Its newest generation so far.</param>
    /// <param name="stamp">What the copy sorts by.</param>
    /// <exception cref="DamagedRecordException">There is no such generation, or it cannot be served.</exception>
    public async Task<Generation> CopyAsync(StateSession session, (string Label, string Id) from, string label, string? previous, DateTimeOffset stamp, CancellationToken cancellationToken)
    {
        var key = GenerationRecord.Key(from.Label, from.Id);
        var record = await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) ?? throw new DamagedRecordException($"{key} is gone");
        var generation = GenerationRecord.Read(record);
        var copy = generation with { Label = label, Id = GenerationId.Of(stamp, generation.Origin.OrderUrl) };
        await CommitAsync(session, copy, previous, isIssued: false, cancellationToken).ConfigureAwait(false);
        return copy;
    }

    /// <summary>What is stored of a label and can be served, the newest first.</summary>
    public static async Task<IReadOnlyList<Generation>> ReadAllAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        var generations = new List<Generation>();
        foreach (var record in await ListAsync(session, label, cancellationToken).ConfigureAwait(false))
        {
            if (TryRead(record) is { } generation) generations.Add(generation);
        }

        return [.. generations.OrderByDescending(generation => generation.Id, StringComparer.Ordinal)];
    }

    /// <summary>One generation of a label; null where it is not stored, or cannot be used.</summary>
    public static async Task<Generation?> TryReadAsync(StateSession session, string label, string generation, CancellationToken cancellationToken) =>
        await session.ReadAsync(GenerationRecord.Key(label, generation), cancellationToken).ConfigureAwait(false) is { } record ? TryRead(record) : null;

    /// <summary>Takes away all that is stored and served of a label. A damaged record is evidence and stays.</summary>
    public async Task RemoveAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        publisher.Withdraw(label);
        await outlet.HideAsync(session, label, cancellationToken).ConfigureAwait(false);
        foreach (var generation in await ListAsync(session, label, cancellationToken).ConfigureAwait(false)) await session.DeleteAsync(generation.Key, generation.Version, cancellationToken).ConfigureAwait(false);
    }

    private static async Task PruneAsync(StateSession session, string label, string current, IReadOnlyList<string> kept, CancellationToken cancellationToken)
    {
        var generations = await ReadEarlierAsync(session, label, current, cancellationToken).ConfigureAwait(false) ?? await ListAsync(session, label, cancellationToken).ConfigureAwait(false);
        foreach (var old in generations.Where(record => GenerationRecord.Names(record.Key).Generation != current).OrderByDescending(record => record.Key.Name, StringComparer.Ordinal).Skip(KeptBesideTheCurrent))
        {
            if (kept.Contains(GenerationRecord.Names(old.Key).Generation)) continue;
            await session.DeleteAsync(old.Key, old.Version, cancellationToken).ConfigureAwait(false);
        }
    }

    private static Generation? TryRead(StoreRecord record)
    {
        try
        {
            return GenerationRecord.Read(record);
        }
        catch (DamagedRecordException)
        {
            return null;
        }
    }

    /// <summary>What the generation's record is to say of those before it.</summary>
    private static async Task<IReadOnlyList<string>> NameEarlierAsync(StateSession session, Generation generation, string previous, CancellationToken cancellationToken)
    {
        var record = await session.ReadAsync(GenerationRecord.Key(generation.Label, previous), cancellationToken).ConfigureAwait(false);
        var known = record is null ? null : GenerationRecord.TryReadEarlier(record);

        // A second commit of one order finds itself.
        IEnumerable<string> earlier = known is not null
            ? previous == generation.Id ? known : known.Prepend(previous)
            : (await ListAsync(session, generation.Label, cancellationToken).ConfigureAwait(false)).Select(stored => GenerationRecord.Names(stored.Key).Generation).Where(id => id != generation.Id).OrderDescending(StringComparer.Ordinal);
        return [.. earlier.Take(Remembered)];
    }

    /// <summary>Those that are whole, as the current one's record names them; null where it does not say.</summary>
    private static async Task<List<StoreRecord>?> ReadEarlierAsync(StateSession session, string label, string current, CancellationToken cancellationToken)
    {
        if (await session.ReadAsync(GenerationRecord.Key(label, current), cancellationToken).ConfigureAwait(false) is not { } record || GenerationRecord.TryReadEarlier(record) is not { } ids) return null;

        var earlier = new List<StoreRecord>();
        foreach (var id in ids)
        {
            if (await session.ReadAsync(GenerationRecord.Key(label, id), cancellationToken).ConfigureAwait(false) is { Error: null } stored) earlier.Add(stored);
        }

        return earlier;
    }

    /// <summary>Those that are whole: a damaged record stays for the operator.</summary>
    private static async Task<List<StoreRecord>> ListAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        var generations = new List<StoreRecord>();
        await foreach (var record in session.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, cancellationToken).ConfigureAwait(false))
        {
            if (record.Error is null && GenerationRecord.Names(record.Key).Label == label) generations.Add(record);
        }

        return generations;
    }
}
