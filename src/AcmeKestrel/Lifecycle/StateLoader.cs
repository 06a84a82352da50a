using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads what survived: certificates to be served from the first handshake, schedules, orders in flight. Damaged records are named and left alone.</summary>
internal sealed class StateLoader(FencedStore store, ICertificatePublisher publisher, AnswerDesk desk, ILogger<StateLoader> logger)
{
    /// <summary>Publishes the newest good generation of each label, wished or not, and returns what is known of them all.</summary>
    public async Task<Dictionary<string, LabelEntry>> LoadAsync(CancellationToken cancellationToken)
    {
        var entries = new Dictionary<string, LabelEntry>(StringComparer.Ordinal);
        foreach (var (label, records) in await GenerationsAsync(store.ListAsync(RecordKind.Certificate, cancellationToken)).ConfigureAwait(false)) Serve(Entry(entries, label), records);

        await foreach (var record in store.ListAsync(RecordKind.Schedule, cancellationToken).ConfigureAwait(false)) Read(Entry(entries, record.Key.Name), record);
        await foreach (var record in store.ListAsync(RecordKind.Order, cancellationToken).ConfigureAwait(false)) Read(Entry(entries, record.Key.Name), record);

        return entries;
    }

    /// <summary>Looks again at a label with a damaged record.</summary>
    public async Task ReloadAsync(LabelEntry entry, CancellationToken cancellationToken)
    {
        entry.Damage = null;
        var generations = store.ListAsync(RecordKind.Certificate, $"{entry.Label}@", cancellationToken);
        if (await GenerationsAsync(generations).ConfigureAwait(false) is { } labels && labels.TryGetValue(entry.Label, out var records)) Serve(entry, records);
        if (await store.ReadAsync(new RecordKey(RecordKind.Schedule, entry.Label), cancellationToken).ConfigureAwait(false) is { } schedule) Read(entry, schedule);
        if (await store.ReadAsync(OrderJournal.Key(entry.Label), cancellationToken).ConfigureAwait(false) is { } order) Read(entry, order);
    }

    /// <summary>Removes answers whose order is gone.</summary>
    public Task SweepAsync(IEnumerable<LabelEntry> entries, CancellationToken cancellationToken)
    {
        var needed = entries.Select(entry => entry.Run?.Order.Progress).OfType<OrderProgress.Answering>().SelectMany(answering => answering.Challenges).Select(challenge => challenge.Token);
        return desk.SweepAsync(needed.ToHashSet(StringComparer.Ordinal), cancellationToken);
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
    private void Serve(LabelEntry entry, List<StoreRecord> records)
    {
        string? damage = null;
        foreach (var record in records.OrderByDescending(record => record.Key.Name, StringComparer.Ordinal))
        {
            try
            {
                var generation = GenerationRecord.Read(record);
                publisher.Publish(generation);
                entry.Served = CertificateFacts.Of(generation);
                return;
            }
            catch (DamagedRecordException damaged)
            {
                logger.RecordDamaged(damaged.Message);
                damage ??= damaged.Message;
            }
        }

        entry.Damage = damage;
    }

    private void Read(LabelEntry entry, StoreRecord record)
    {
        try
        {
            if (record.Key.Kind is RecordKind.Schedule) entry.Schedule = FencedStore.Json(record, "schedule.json", LifecycleJson.Default.Schedule);
            else entry.Run ??= OrderJournal.Read(record);
        }
        catch (DamagedRecordException damaged)
        {
            logger.RecordDamaged(damaged.Message);
            entry.Damage = damaged.Message;
        }
    }

    private static LabelEntry Entry(Dictionary<string, LabelEntry> entries, string label)
    {
        if (!entries.TryGetValue(label, out var entry)) entries[label] = entry = new LabelEntry(label);
        return entry;
    }
}
