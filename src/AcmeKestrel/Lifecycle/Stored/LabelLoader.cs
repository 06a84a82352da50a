using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>Reads what survived: certificates, schedules, orders in flight. Damaged records are named and left alone, and so are those that cannot be read now. Nothing is changed by it.</summary>
internal sealed class LabelLoader(IAcmeStore store, ILogger<LabelLoader> logger)
{
    /// <summary>The certificates of the state by what their records say of them: no key and no chain is read but where a record says too little.</summary>
    /// <param name="found">Called for each certificate as soon as it is known: a list may take long. Of one that is told twice the later one counts.</param>
    /// <param name="named">As <see cref="StoreHeadQuery.Named"/>.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<Dictionary<string, LoadedLabel>> LoadCertificatesAsync(Action<LoadedLabel, CertificateFacts> found, Action<IReadOnlyCollection<string>>? named, CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, LoadedLabel>(StringComparer.Ordinal);
        var untold = new Dictionary<string, RecordKey>(StringComparer.Ordinal);
        var facts = new FactsReader();
        await foreach (var part in store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, GenerationRecord.FactsPart) { Named = named }, cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(part.Key);
            var loaded = Of(labels, label);
            loaded.Certificate = part.Bytes is { } bytes ? facts.TryRead(loaded.Label, generation, bytes.Span) : null;
            if (loaded.Certificate is not { } certificate)
            {
                untold[loaded.Label] = part.Key;
                continue;
            }

            untold.Remove(loaded.Label);
            found(loaded, certificate);
        }

        foreach (var (label, key) in untold)
        {
            await ReadAsync(labels[label], key, cancellationToken).ConfigureAwait(false);
            if (labels[label].Certificate is { } certificate) found(labels[label], certificate);
        }

        return labels;
    }

    /// <summary>The newest generation of each label by its name alone, whether or not it can be served.</summary>
    public async Task<Dictionary<string, string>> NewestAsync(CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(entry.Key);
            if (!newest.TryGetValue(label, out var known) || string.CompareOrdinal(generation, known) > 0) newest[label] = generation;
        }

        return newest;
    }

    /// <summary>All labels of the state, with the orders in flight and what is to be revoked. Schedules are read when they are wanted.</summary>
    /// <param name="labels">With their certificates.</param>
    /// <param name="session">To go on with orders under; null: they are another process' business and are not read.</param>
    public async Task<IReadOnlyList<LoadedLabel>> LoadRestAsync(Dictionary<string, LoadedLabel> labels, StateSession? session, CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ListEntriesAsync(new StoreQuery(RecordKind.Schedule), cancellationToken).ConfigureAwait(false)) Of(labels, entry.Key.Name);
        if (session is null) return [.. labels.Values];

        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Order), cancellationToken).ConfigureAwait(false)) ReadOrder(Of(labels, record.Key.Name), record, session);
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Revocation), cancellationToken).ConfigureAwait(false)) ReadRevocation(Of(labels, record.Key.Name), record);
        return [.. labels.Values];
    }

    /// <summary>All of one label.</summary>
    /// <param name="newest">Its newest generation, where that is known: others are looked for only where it cannot be used.</param>
    /// <param name="session">As above.</param>
    public async Task<LoadedLabel> LoadAsync(string label, RecordKey? newest, StateSession? session, CancellationToken cancellationToken)
    {
        var loaded = new LoadedLabel(label);
        loaded.Read = newest is { } known
            ? await ReadAsync(loaded, known, cancellationToken).ConfigureAwait(false)
            : await ReadNewestAsync(loaded, cancellationToken).ConfigureAwait(false);
        await ReadScheduleAsync(loaded, cancellationToken).ConfigureAwait(false);
        if (await store.ReadAsync(RevocationRecord.Key(label), cancellationToken).ConfigureAwait(false) is { } revocation) ReadRevocation(loaded, revocation);
        if (session is not null && await store.ReadAsync(OrderRecord.Key(label), cancellationToken).ConfigureAwait(false) is { } order) ReadOrder(loaded, order, session);
        return loaded;
    }

    /// <summary>The certificate itself of a label of which facts are known; where it cannot be used, the newest that can be is the label's.</summary>
    public Task<Generation?> ReadAsync(LoadedLabel label, CancellationToken cancellationToken) => ReadAsync(label, GenerationRecord.Key(label.Label, label.Certificate!.Generation), cancellationToken);

    /// <summary>A label's certificate, checked: the newest that can be served. Null where none can.</summary>
    /// <param name="newest">The newest generation of the label.</param>
    /// <exception cref="StoreUnavailableException">None can be had now; that may pass.</exception>
    public async Task<Generation?> ReadAsync(string label, string newest, CancellationToken cancellationToken)
    {
        var loaded = new LoadedLabel(label);
        var read = await ReadAsync(loaded, GenerationRecord.Key(label, newest), cancellationToken).ConfigureAwait(false);
        return read is null && loaded.Damage is { MayPass: true } unread ? throw new StoreUnavailableException(unread.Reason) : read;
    }

    /// <summary>A label's schedule alone.</summary>
    public async Task<LoadedLabel> LoadScheduleAsync(string label, CancellationToken cancellationToken)
    {
        var loaded = new LoadedLabel(label);
        await ReadScheduleAsync(loaded, cancellationToken).ConfigureAwait(false);
        return loaded;
    }

    /// <summary>The newest generation of a label that can be served, checked. With why it may not be the newest, where a newer one could not be read; with why there is none, where none can.</summary>
    public async Task<(Generation? Generation, RecordFault? Fault)> ReadNewestAsync(string label, CancellationToken cancellationToken)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Certificate) { Prefix = $"{label}@" }, cancellationToken).ConfigureAwait(false))
        {
            if (GenerationRecord.Names(record.Key).Label == label) records.Add(record);
        }

        RecordFault? damage = null, unread = null;
        foreach (var record in records.OrderByDescending(record => record.Key.Name, StringComparer.Ordinal))
        {
            Generation? generation = null;
            if (FaultOf(record, () => generation = GenerationRecord.Read(record)) is not { } fault) return (generation, unread);

            damage ??= fault;
            if (fault.MayPass) unread ??= fault;
        }

        return (null, unread ?? damage);
    }

    /// <summary>The record itself first: a list of all others is wanted only where it cannot be used.</summary>
    private async Task<Generation?> ReadAsync(LoadedLabel label, RecordKey newest, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(newest, cancellationToken).ConfigureAwait(false) is { Error: null } record)
        {
            Generation? read = null;
            if (FaultOf(record, () => label.Certificate = GenerationRecord.FactsOf(read = GenerationRecord.Read(record))) is null) return read;
        }

        return await ReadNewestAsync(label, cancellationToken).ConfigureAwait(false);
    }

    private async Task<Generation?> ReadNewestAsync(LoadedLabel label, CancellationToken cancellationToken)
    {
        var (generation, fault) = await ReadNewestAsync(label.Label, cancellationToken).ConfigureAwait(false);
        (label.Certificate, label.Damage) = (generation is null ? null : GenerationRecord.FactsOf(generation), fault);
        return generation;
    }

    private async Task ReadScheduleAsync(LoadedLabel label, CancellationToken cancellationToken)
    {
        label.Schedule = Schedule.Empty;
        if (await store.ReadAsync(ScheduleRecord.Key(label.Label), cancellationToken).ConfigureAwait(false) is { } record) Read(label, record, () => label.Schedule = ScheduleRecord.Read(record));
    }

    private void ReadOrder(LoadedLabel label, StoreRecord record, StateSession session)
    {
        label.HasUnreadOrder = record.IsUnread;
        Read(label, record, () =>
        {
            label.OpenOrder = OrderRecord.TryReadId(record);
            var (order, privateKey) = OrderRecord.Read(record);
            label.Run = new OrderRun(session, order, privateKey, resumed: true);
        });
    }

    private void ReadRevocation(LoadedLabel label, StoreRecord record) => Read(label, record, () => label.Revocation = RevocationRecord.Read(record));

    private void Read(LoadedLabel label, StoreRecord record, Action read)
    {
        if (FaultOf(record, read) is { } fault) label.Damage = fault;
    }

    /// <summary>Why the record cannot be used, or null.</summary>
    private RecordFault? FaultOf(StoreRecord record, Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (StoreUnavailableException unread) when (record.IsUnread)
        {
            logger.RecordUnread(unread.Message);
            return new RecordFault(unread.Message, MayPass: true);
        }
        catch (DamagedRecordException damaged)
        {
            logger.RecordDamaged(damaged.Message);
            return new RecordFault(damaged.Message, MayPass: false);
        }
    }

    private static LoadedLabel Of(Dictionary<string, LoadedLabel> labels, string label)
    {
        if (!labels.TryGetValue(label, out var loaded)) labels[label] = loaded = new LoadedLabel(label);
        return loaded;
    }
}
