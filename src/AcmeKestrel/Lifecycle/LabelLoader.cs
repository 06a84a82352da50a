using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads what survived: certificates, schedules, orders in flight. Damaged records are named and left alone. Nothing is changed by it.</summary>
internal sealed class LabelLoader(IAcmeStore store, ILogger<LabelLoader> logger)
{
    /// <summary>The certificates of the state: what is served from the first handshake.</summary>
    public async Task<Dictionary<string, LoadedLabel>> LoadCertificatesAsync(CancellationToken cancellationToken)
    {
        var labels = new Dictionary<string, LoadedLabel>(StringComparer.Ordinal);
        foreach (var (label, records) in await GenerationsAsync(store.ListAsync(RecordKind.Certificate, cancellationToken)).ConfigureAwait(false)) ReadNewest(Of(labels, label), records);
        return labels;
    }

    /// <summary>The newest generation of each label by its name alone, whether or not it can be served.</summary>
    public async Task<Dictionary<string, string>> NewestAsync(CancellationToken cancellationToken)
    {
        var newest = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var key in store.ListKeysAsync(RecordKind.Certificate, cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(key);
            if (!newest.TryGetValue(label, out var known) || string.CompareOrdinal(generation, known) > 0) newest[label] = generation;
        }

        return newest;
    }

    /// <summary>All labels of the state, with what else is kept of them.</summary>
    /// <param name="labels">With their certificates.</param>
    /// <param name="session">To go on with orders under; null: they are another process' business and are not read.</param>
    public async Task<IReadOnlyList<LoadedLabel>> LoadRestAsync(Dictionary<string, LoadedLabel> labels, StateSession? session, CancellationToken cancellationToken)
    {
        await foreach (var record in store.ListAsync(RecordKind.Schedule, cancellationToken).ConfigureAwait(false)) ReadSchedule(Of(labels, record.Key.Name), record);
        if (session is null) return [.. labels.Values];

        await foreach (var record in store.ListAsync(RecordKind.Order, cancellationToken).ConfigureAwait(false)) ReadOrder(Of(labels, record.Key.Name), record, session);
        return [.. labels.Values];
    }

    /// <summary>One label.</summary>
    /// <param name="session">As above.</param>
    public async Task<LoadedLabel> LoadAsync(string label, StateSession? session, CancellationToken cancellationToken)
    {
        var loaded = new LoadedLabel(label);
        var generations = store.ListPrefixAsync(RecordKind.Certificate, $"{label}@", cancellationToken);
        if (await GenerationsAsync(generations).ConfigureAwait(false) is { } labels && labels.TryGetValue(label, out var records)) ReadNewest(loaded, records);
        if (await store.ReadAsync(ScheduleRecord.Key(label), cancellationToken).ConfigureAwait(false) is { } schedule) ReadSchedule(loaded, schedule);
        if (session is not null && await store.ReadAsync(OrderRecord.Key(label), cancellationToken).ConfigureAwait(false) is { } order) ReadOrder(loaded, order, session);
        return loaded;
    }

    private static async Task<Dictionary<string, List<StoreRecord>>> GenerationsAsync(IAsyncEnumerable<StoreRecord> generations)
    {
        var labels = new Dictionary<string, List<StoreRecord>>(StringComparer.Ordinal);
        await foreach (var record in generations.ConfigureAwait(false))
        {
            var (label, _) = GenerationRecord.Names(record.Key);
            if (!labels.TryGetValue(label, out var records)) labels[label] = records = [];
            records.Add(record);
        }

        return labels;
    }

    /// <summary>The newest that can be served; only where none can is the label held.</summary>
    private void ReadNewest(LoadedLabel label, List<StoreRecord> records)
    {
        string? damage = null;
        foreach (var record in records.OrderByDescending(record => record.Key.Name, StringComparer.Ordinal))
        {
            if (FaultOf(record, () => label.Generation = GenerationRecord.Read(record)) is not { } fault) return;
            damage ??= fault;
        }

        label.Damage = damage;
    }

    private void ReadSchedule(LoadedLabel label, StoreRecord record) => Read(label, record, () => label.Schedule = ScheduleRecord.Read(record));

    private void ReadOrder(LoadedLabel label, StoreRecord record, StateSession session) => Read(label, record, () =>
    {
        label.OpenOrder = OrderRecord.TryReadId(record);
        var (order, privateKey) = OrderRecord.Read(record);
        label.Run = new OrderRun(session, order, privateKey, resumed: true);
    });

    private void Read(LoadedLabel label, StoreRecord record, Action read)
    {
        if (FaultOf(record, read) is { } fault) label.Damage = fault;
    }

    /// <summary>Why the record cannot be used, or null.</summary>
    private string? FaultOf(StoreRecord record, Action read)
    {
        string fault;
        try
        {
            read();
            return null;
        }
        catch (DamagedRecordException damaged)
        {
            fault = damaged.Message;
        }
#pragma warning disable CA1031 // One record that nobody thought of must not keep all the others from being read.
        catch (Exception surprise)
#pragma warning restore CA1031
        {
            fault = $"{record.Key} cannot be read: {surprise.Message}";
        }

        logger.RecordDamaged(fault);
        return fault;
    }

    private static LoadedLabel Of(Dictionary<string, LoadedLabel> labels, string label)
    {
        if (!labels.TryGetValue(label, out var loaded)) labels[label] = loaded = new LoadedLabel(label);
        return loaded;
    }
}
