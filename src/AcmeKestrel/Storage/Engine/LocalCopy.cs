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

    private readonly CancellationTokenSource _over = new();
    private readonly Channel<Func<CancellationToken, Task>> _work = Channel.CreateBounded<Func<CancellationToken, Task>>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Lock _gate = new();
    private Task? _working;

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => kept.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListEntriesAsync(query, cancellationToken);

    public IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => kept.ListHeadsAsync(query, cancellationToken);

    /// <summary>This is a certificate of the engine's.</summary>
    public void Keep(RecordKey key, RecordContent content) => Do(token => KeepAsync(key, content, token));

    /// <summary>The engine has it no more.</summary>
    public void Forget(RecordKey key) => Do(token => kept.DeleteAsync(new StoreDeletion(key), token).AsTask());

    /// <summary>The engine's groups are about to be listed; what is returned takes them, and has those go that were kept by now and are not among them. What is kept while they are listed may be newer than the list.</summary>
    public Action<IReadOnlySet<string>> BeginPruning()
    {
        var before = new List<RecordKey>();
        Do(async token =>
        {
            await foreach (var entry in kept.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), token).ConfigureAwait(false)) before.Add(entry.Key);
        });
        return groups => Do(async token =>
        {
            foreach (var key in before.Where(key => !groups.Contains(RecordRules.GroupOf(key.Name).ToString()))) await kept.DeleteAsync(new StoreDeletion(key), token).ConfigureAwait(false);
        });
    }

    public void Dispose()
    {
        _work.Writer.TryComplete();
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
        var group = RecordRules.GroupOf(key.Name).ToString();
        var (isKept, older) = (false, new List<RecordKey>());
        await foreach (var entry in kept.ListEntriesAsync(new StoreQuery(key.Kind) { Prefix = $"{group}@" }, cancellationToken).ConfigureAwait(false))
        {
            var order = RecordKey.NameOrder.Compare(entry.Key.Name, key.Name);
            if (order > 0) return;
            if (order == 0) isKept = true;
            else older.Add(entry.Key);
        }

        if (!isKept) await kept.WriteAsync(new StoreWrite(key, content), cancellationToken).ConfigureAwait(false);
        foreach (var old in older) await kept.DeleteAsync(new StoreDeletion(old), cancellationToken).ConfigureAwait(false);
    }
}
