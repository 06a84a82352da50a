using System.Runtime.CompilerServices;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Copies;

/// <summary>
/// What a target has by itself, and no copy can have brought there: a certificate that is newer than the source's newest of its label, one of a label that the source knows nothing of, an account that is none of the source's, what
/// was spent of a CA's limits since, a revocation that the source has not. What an earlier copy brought and
/// the source has replaced since (an older certificate, the former record of an account whose key was changed) is none of these.
/// </summary>
internal static class OwnRecords
{
    public static async Task<List<RecordKey>> FindAsync(IAcmeStore source, IAcmeStore target, CancellationToken cancellationToken) =>
    [
        .. await CertificatesAsync(source, target, cancellationToken).ConfigureAwait(false),
        .. await AccountsAsync(source, target, cancellationToken).ConfigureAwait(false),
        .. await LedgersAsync(source, target, cancellationToken).ConfigureAwait(false),
        .. await RevocationsAsync(source, target, cancellationToken).ConfigureAwait(false),
    ];

    private static async Task<List<RecordKey>> CertificatesAsync(IAcmeStore source, IAcmeStore target, CancellationToken cancellationToken)
    {
        var query = new StoreQuery(RecordKind.Certificate);
        var newest = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var entry in source.ListEntriesAsync(query, cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(entry.Key);
            if (!newest.TryGetValue(label, out var known) || RecordKey.NameOrder.Compare(generation, known) > 0) newest[label] = generation;
        }

        var own = new List<RecordKey>();
        await foreach (var entry in target.ListEntriesAsync(query, cancellationToken).ConfigureAwait(false))
        {
            var (label, generation) = GenerationRecord.Names(entry.Key);
            if (!newest.TryGetValue(label, out var last) || RecordKey.NameOrder.Compare(generation, last) > 0) own.Add(entry.Key);
        }

        return own;
    }

    private static async Task<List<RecordKey>> AccountsAsync(IAcmeStore source, IAcmeStore target, CancellationToken cancellationToken)
    {
        var query = new StoreQuery(RecordKind.Account);
        var (keys, urls) = (new HashSet<RecordKey>(), new HashSet<string>(StringComparer.Ordinal));
        await foreach (var record in source.ListAsync(query, cancellationToken).ConfigureAwait(false))
        {
            keys.Add(record.Key);
            urls.UnionWith(UrlsOf(record));
        }

        var own = new List<RecordKey>();
        await foreach (var record in target.ListAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (!keys.Contains(record.Key) && !UrlsOf(record).Any(urls.Contains)) own.Add(record.Key);
        }

        return own;
    }

    /// <summary>Those that were written later than the source's, each with all of its records.</summary>
    private static async Task<List<RecordKey>> LedgersAsync(IAcmeStore source, IAcmeStore target, CancellationToken cancellationToken)
    {
        var written = new Dictionary<string, DateTimeOffset?>(StringComparer.Ordinal);
        await foreach (var (name, _, at) in LedgersAsync(source, cancellationToken).ConfigureAwait(false)) written[name] = at;

        var own = new List<RecordKey>();
        await foreach (var (name, keys, at) in LedgersAsync(target, cancellationToken).ConfigureAwait(false))
        {
            if (at is not null && !(written.GetValueOrDefault(name) >= at)) own.AddRange(keys);
        }

        return own;
    }

    /// <summary>When each ledger was written last; null: nobody can tell.</summary>
    private static async IAsyncEnumerable<(string Name, IEnumerable<RecordKey> Keys, DateTimeOffset? At)> LedgersAsync(IAcmeStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var records = new List<(RecordKey Key, string? Of, DateTimeOffset? At)>();
        await foreach (var record in store.ListAsync(new StoreQuery(RecordKind.Ledger), cancellationToken).ConfigureAwait(false)) records.Add(WrittenAt(record));

        foreach (var ledger in records.GroupBy(record => LedgerRecord.WholeOf(record.Key), StringComparer.Ordinal))
        {
            var whole = ledger.FirstOrDefault(record => !LedgerRecord.IsLevel(record.Key));
            yield return (ledger.Key, ledger.Select(record => record.Key), ledger.Where(record => record.Of == whole.Of).Max(record => record.At));
        }
    }

    private static async Task<List<RecordKey>> RevocationsAsync(IAcmeStore source, IAcmeStore target, CancellationToken cancellationToken)
    {
        var query = new StoreQuery(RecordKind.Revocation);
        var keys = new HashSet<RecordKey>();
        await foreach (var entry in source.ListEntriesAsync(query, cancellationToken).ConfigureAwait(false)) keys.Add(entry.Key);

        var own = new List<RecordKey>();
        await foreach (var entry in target.ListEntriesAsync(query, cancellationToken).ConfigureAwait(false))
        {
            if (!keys.Contains(entry.Key)) own.Add(entry.Key);
        }

        return own;
    }

    /// <summary>Nulls: nobody can tell.</summary>
    private static (RecordKey Key, string? Of, DateTimeOffset? At) WrittenAt(StoreRecord record)
    {
        try
        {
            if (LedgerRecord.IsLevel(record.Key))
            {
                var level = LedgerRecord.ReadLevel(record);
                return (record.Key, level.Of, level.At);
            }

            var whole = LedgerRecord.Read(record);
            return (record.Key, whole.Levels?.Of, whole.At);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            return (record.Key, null, null);
        }
    }

    /// <summary>What the CA calls the account, and has called it.</summary>
    private static IEnumerable<string> UrlsOf(StoreRecord record)
    {
        if (AccountRemains.IsKeyAlone(record) || BackupReader.FindFault(record) is not null) return [];

        var facts = AccountRecord.Read(record).Facts;
        return facts.Url is { } url ? facts.PreviousUrls.Append(url) : facts.PreviousUrls;
    }
}
