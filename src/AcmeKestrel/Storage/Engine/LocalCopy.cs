using System.Collections.Concurrent;
using System.Threading.Channels;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Engine;

/// <summary>What this machine keeps of an engine's certificates: the newest generation of each label. Written apart from whoever reads or commits one, and never the reason why that fails.</summary>
/// <param name="isServing">False: this process only looks, as a command does, and leaves nothing behind; null: it serves.</param>
internal sealed class LocalCopy(IAcmeStore kept, ILogger logger, Func<bool>? isServing = null) : IDisposable
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
    private readonly ConcurrentDictionary<string, Newest> _newest = new(StringComparer.Ordinal);
    private bool _isListed;
    private Task? _working;

    public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) => kept.ReadAsync(key, cancellationToken);

    public IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListAsync(query, cancellationToken);

    public IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) => kept.ListEntriesAsync(query, cancellationToken);

    public IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken) => kept.ListHeadsAsync(query, cancellationToken);

    /// <summary>This one is kept, or a newer one of its group, and was written or read since the start.</summary>
    public bool Has(RecordKey key) => Find(key) is { IsProven: true };

    /// <summary>This is a certificate of the engine's.</summary>
    public void Keep(RecordKey key, RecordContent content) => Do(token => KeepAsync(key, content, token));

    /// <summary>The engine has it no more.</summary>
    public void Forget(RecordKey key) => Do(token => ForgetAsync(key, token));

    /// <summary>The engine's groups are about to be listed; what is returned takes them, and has those go that were kept by now and are not among them. What is kept while they are listed may be newer than the list.</summary>
    public Action<IReadOnlySet<string>> BeginPruning()
    {
        KeyValuePair<string, Newest>[] before = [];
        Do(async token =>
        {
            // A hand may have changed the folder.
            _isListed = false;
            await ListAsync(token).ConfigureAwait(false);
            before = [.. _newest];
        });
        return groups => Do(async token =>
        {
            foreach (var (_, newest) in before.Where(known => !groups.Contains(known.Key))) await ForgetAsync(new RecordKey(RecordKind.Certificate, newest.Name), token).ConfigureAwait(false);
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
        if (isServing?.Invoke() is false || !_work.Writer.TryWrite(work)) return;
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
        if (Find(key) is { } newest && (newest.IsProven || await ProveAsync(new RecordKey(key.Kind, newest.Name), key, content, cancellationToken).ConfigureAwait(false))) return;

        await kept.WriteAsync(new StoreWrite(key, content), cancellationToken).ConfigureAwait(false);
        await BecomeNewestAsync(new Newest(key.Name, IsProven: true), key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A file may have rotted since it was written, and the keys that closed it may be gone. Looked at once.</summary>
    private async Task<bool> ProveAsync(RecordKey newest, RecordKey key, RecordContent content, CancellationToken cancellationToken)
    {
        var fault = await FindFaultAsync(newest, newest == key ? content : null, cancellationToken).ConfigureAwait(false);
        if (fault is null) _newest[GroupOf(key)] = new Newest(newest.Name, IsProven: true);
        else logger.CopyReplaced(fault);
        return fault is null;
    }

    /// <param name="content">What it should be; null: nobody knows.</param>
    private async Task<string?> FindFaultAsync(RecordKey key, RecordContent? content, CancellationToken cancellationToken)
    {
        try
        {
            if (await kept.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { } found) return $"{key} is gone";
            return found.Error ?? (content is null || found.Content.HoldsTheSameAs(content) ? null : $"{key} is not what it was");
        }
        catch (StoreUnavailableException unread)
        {
            return unread.Message;
        }
    }

    /// <summary>What is kept, read once. Of a group whose older one was not let go before the process ended the newest is.</summary>
    private async Task ListAsync(CancellationToken cancellationToken)
    {
        if (_isListed) return;

        // What was read or written since the start is no less so after another look at the folder.
        var proven = _newest.Values.Where(known => known.IsProven).Select(known => known.Name).ToHashSet(StringComparer.Ordinal);
        _newest.Clear();
        var all = new List<RecordKey>();
        await foreach (var entry in kept.ListEntriesAsync(new StoreQuery(RecordKind.Certificate), cancellationToken).ConfigureAwait(false)) all.Add(entry.Key);
        foreach (var key in all)
        {
            if (Find(key) is not null) await kept.DeleteAsync(new StoreDeletion(key), cancellationToken).ConfigureAwait(false);
            else await BecomeNewestAsync(new Newest(key.Name, proven.Contains(key.Name)), key, cancellationToken).ConfigureAwait(false);
        }

        _isListed = true;
    }

    private async Task BecomeNewestAsync(Newest newest, RecordKey key, CancellationToken cancellationToken)
    {
        var before = _newest.GetValueOrDefault(GroupOf(key));
        _newest[GroupOf(key)] = newest;
        if (before is not null && before.Name != newest.Name) await kept.DeleteAsync(new StoreDeletion(new RecordKey(key.Kind, before.Name)), cancellationToken).ConfigureAwait(false);
    }

    private async Task ForgetAsync(RecordKey key, CancellationToken cancellationToken)
    {
        await kept.DeleteAsync(new StoreDeletion(key), cancellationToken).ConfigureAwait(false);
        if (_newest.TryGetValue(GroupOf(key), out var newest) && newest.Name == key.Name) _newest.TryRemove(KeyValuePair.Create(GroupOf(key), newest));
    }

    /// <summary>The newest of its group, where that is this one or newer.</summary>
    private Newest? Find(RecordKey key) => _newest.TryGetValue(GroupOf(key), out var newest) && RecordKey.NameOrder.Compare(newest.Name, key.Name) >= 0 ? newest : null;

    private static string GroupOf(RecordKey key) => RecordRules.GroupOf(key.Name).ToString();

    /// <param name="IsProven">It was written, or could be read, since the start.</param>
    private sealed record Newest(string Name, bool IsProven);
}
