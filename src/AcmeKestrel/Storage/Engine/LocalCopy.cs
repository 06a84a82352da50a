using System.Collections.Concurrent;
using System.Threading.Channels;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Engine;

/// <summary>What this machine keeps of an engine's certificates: the newest generation of each label. Written apart from whoever reads or commits one, and never the reason why that fails.</summary>
internal sealed class LocalCopy(IAcmeStore kept, ILogger logger) : IDisposable
{
    /// <summary>Below the state directory, which may be one none the less.</summary>
    public const string Folder = "store-cache";

    /// <summary>More than that at once are copied when they are read the next time.</summary>
    private const int MostWaiting = 4096;

    private static readonly TimeSpan LastWork = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _over = new();
    private readonly Channel<Func<CancellationToken, Task>> _work = Channel.CreateBounded<Func<CancellationToken, Task>>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Lock _gate = new();

    /// <summary>By group, the newest that is kept: the folder is not looked through for each. Changed only by whoever works.</summary>
    private readonly ConcurrentDictionary<string, string> _newest = new(StringComparer.Ordinal);
    private bool _isListed;
    private Task? _working;

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => kept.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListEntriesAsync(query, cancellationToken);

    public IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => kept.ListHeadsAsync(query, cancellationToken);

    /// <summary>This one is kept, or a newer one of its group; false, too, where nothing was kept since the start.</summary>
    public bool Has(RecordKey key) => _newest.TryGetValue(GroupOf(key), out var newest) && RecordKey.NameOrder.Compare(newest, key.Name) >= 0;

    /// <summary>This is a certificate of the engine's.</summary>
    public void Keep(RecordKey key, RecordContent content) => Do(token => KeepAsync(key, content, token));

    /// <summary>The engine has it no more.</summary>
    public void Forget(RecordKey key) => Do(token => ForgetAsync(key, token));

    /// <summary>The engine's groups are about to be listed; what is returned takes them, and has those go that were kept by now and are not among them. What is kept while they are listed may be newer than the list.</summary>
    public Action<IReadOnlySet<string>> BeginPruning()
    {
        KeyValuePair<string, string>[] before = [];
        Do(async token =>
        {
            // A hand may have changed the folder.
            _isListed = false;
            await ListAsync(token).ConfigureAwait(false);
            before = [.. _newest];
        });
        return groups => Do(async token =>
        {
            foreach (var (_, name) in before.Where(known => !groups.Contains(known.Key))) await ForgetAsync(new RecordKey(RecordKind.Certificate, name), token).ConfigureAwait(false);
        });
    }

    /// <summary>What waits is written yet, for some seconds: a process that is stopped when it has just got its certificates finds them at its next start.</summary>
    public void Dispose()
    {
        _work.Writer.TryComplete();
        Task? working;
        lock (_gate) working = _working;
        working?.Wait(LastWork);
        _over.Cancel();
        _over.Dispose();
        (kept as IDisposable)?.Dispose();
    }

    private void Do(Func<CancellationToken, Task> work)
    {
        if (!_work.Writer.TryWrite(work)) return;
        lock (_gate) _working ??= Task.Run(() => WorkAsync(_over.Token));
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        await foreach (var work in _work.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await work(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // A copy that cannot be written is none: what it is of is there.
            catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                logger.CopyNotWritten(failed.Message);
            }
        }
    }

    private async Task KeepAsync(RecordKey key, RecordContent content, CancellationToken cancellationToken)
    {
        await ListAsync(cancellationToken).ConfigureAwait(false);
        if (Has(key)) return;

        await kept.WriteAsync(new StoreWrite(key, content), cancellationToken).ConfigureAwait(false);
        await BecomeNewestAsync(key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is kept, read once. Of a group whose older one was not let go before the process ended the newest is.</summary>
    private async Task ListAsync(CancellationToken cancellationToken)
    {
        if (_isListed) return;

        _newest.Clear();
        var all = new List<RecordKey>();
        await foreach (var entry in kept.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), cancellationToken).ConfigureAwait(false)) all.Add(entry.Key);
        foreach (var key in all)
        {
            if (Has(key)) await kept.DeleteAsync(new StoreDeletion(key), cancellationToken).ConfigureAwait(false);
            else await BecomeNewestAsync(key, cancellationToken).ConfigureAwait(false);
        }

        _isListed = true;
    }

    private async Task BecomeNewestAsync(RecordKey key, CancellationToken cancellationToken)
    {
        var before = _newest.GetValueOrDefault(GroupOf(key));
        _newest[GroupOf(key)] = key.Name;
        if (before is not null) await kept.DeleteAsync(new StoreDeletion(new RecordKey(key.Kind, before)), cancellationToken).ConfigureAwait(false);
    }

    private async Task ForgetAsync(RecordKey key, CancellationToken cancellationToken)
    {
        await kept.DeleteAsync(new StoreDeletion(key), cancellationToken).ConfigureAwait(false);
        _newest.TryRemove(KeyValuePair.Create(GroupOf(key), key.Name));
    }

    private static string GroupOf(RecordKey key) => RecordRules.GroupOf(key.Name).ToString();
}
