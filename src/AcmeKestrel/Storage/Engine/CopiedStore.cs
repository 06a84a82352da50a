using System.Runtime.CompilerServices;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// Keeps a copy of an engine's certificates on this machine (<c>Acme:Store:Cache</c>), so that it serves them while the engine is away. A list comes from the copy only until the engine answered for the first time:
/// whoever has the state decides by what the engine says. A generation never changes, so one that is asked for by its name is as good from there at any time.
/// </summary>
internal sealed class CopiedStore(IAcmeStore engine, LocalCopy copy, ILogger<CopiedStore> logger) : DelegatingStore(engine), IDisposable
{
    private volatile bool _hasAnswered;
    private volatile bool _isTold;

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (key.Kind != RecordKind.Certificate) return await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false);

        try
        {
            var record = await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false);
            _hasAnswered = true;
            if (record is { Error: null }) copy.Keep(key, record.Content);
            return record;
        }
        catch (StoreUnavailableException away)
        {
            if (await copy.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { Error: null } kept) throw;

            Tell(away);
            return kept;
        }
    }

    public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) =>
        ListAsync(query.Kind, Inner.ListAsync(query, cancellationToken), () => copy.ListAsync(query, cancellationToken), cancellationToken);

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken) =>
        ListAsync(query.Kind, Inner.ListEntriesAsync(query, cancellationToken), () => copy.ListEntriesAsync(query, cancellationToken), cancellationToken);

    public override async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (query.Kind != RecordKind.Certificate)
        {
            await foreach (var head in Inner.ListHeadsAsync(query, cancellationToken).ConfigureAwait(false)) yield return head;
            yield break;
        }

        var (prune, groups) = (copy.BeginPruning(), new HashSet<string>(StringComparer.Ordinal));
        await foreach (var head in ListAsync(query.Kind, Inner.ListHeadsAsync(query, cancellationToken), () => copy.ListHeadsAsync(query, cancellationToken), cancellationToken).ConfigureAwait(false))
        {
            groups.Add(RecordRules.GroupOf(head.Key.Name).ToString());
            yield return head;
        }

        if (_hasAnswered) prune(groups);
    }

    public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        var version = await Inner.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        if (write.Key.Kind == RecordKind.Certificate) copy.Keep(write.Key, write.Content);
        return version;
    }

    public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        var was = await Inner.DeleteAsync(deletion, cancellationToken).ConfigureAwait(false);
        if (deletion.Key.Kind == RecordKind.Certificate) copy.Forget(deletion.Key);
        return was;
    }

    public override async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        var lease = await Inner.TryLeaseAsync(request, cancellationToken).ConfigureAwait(false);
        _hasAnswered = true;
        return lease;
    }

    public void Dispose()
    {
        copy.Dispose();
        (Inner as IDisposable)?.Dispose();
    }

    /// <summary>The copy's, where the engine fails before its first item.</summary>
    private async IAsyncEnumerable<T> ListAsync<T>(RecordKind kind, IAsyncEnumerable<T> items, Func<IAsyncEnumerable<T>> copied, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        StoreUnavailableException? away = null;
        await using (var inner = items.GetAsyncEnumerator(cancellationToken))
        {
            var more = false;
            try
            {
                more = await inner.MoveNextAsync().ConfigureAwait(false);
                _hasAnswered = true;
            }
            catch (StoreUnavailableException failed) when (kind == RecordKind.Certificate && !_hasAnswered)
            {
                away = failed;
            }

            while (more)
            {
                yield return inner.Current;
                more = await inner.MoveNextAsync().ConfigureAwait(false);
            }
        }

        if (away is null) yield break;

        Tell(away);
        await foreach (var item in copied().ConfigureAwait(false)) yield return item;
    }

    private void Tell(StoreUnavailableException away)
    {
        if (_isTold) return;
        _isTold = true;
        logger.ServedFromCopy(away.Message);
    }
}
