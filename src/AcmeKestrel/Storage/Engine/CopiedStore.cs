using System.Runtime.CompilerServices;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Engine;

/// <summary>
/// Keeps a copy of an engine's certificates on this machine (<c>Acme:Store:Cache</c>), so that it serves them while the engine is away. A list comes from the copy only until the engine gave a lease or a whole list:
/// whoever has the state decides by what the engine says. A generation never changes, so one that is asked for by its name is as good from there at any time: where the engine is away or slow nobody waits for it.
/// </summary>
internal sealed class CopiedStore(IAcmeStore engine, LocalCopy copy, TimeProvider time, ILogger<CopiedStore> logger) : DelegatingStore(engine), IDisposable
{
    private static readonly TimeSpan BetweenPrunings = TimeSpan.FromHours(1);

    private readonly Absence _absence = new(time);
    private long _pruned = time.GetTimestamp();
    private volatile IStoreLease? _lease;
    private volatile bool _wasListed;

    /// <summary>The engine's own list is known here, or it is decided by: a copy's is worth less.</summary>
    private bool IsListClosed => _wasListed || _lease is { Lost.IsCancellationRequested: false };

    /// <summary>Without the copy.</summary>
    public IAcmeStore Engine => Inner;

    /// <summary>This certificate is copied, or a newer one of its label, and can be read there.</summary>
    public bool IsCopied(RecordKey key) => copy.Has(key);

    public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (key.Kind != RecordKind.Certificate) return await Inner.ReadAsync(key, cancellationToken).ConfigureAwait(false);
        if (_absence.IsNow && await FindCopyAsync(key, cancellationToken).ConfigureAwait(false) is { } known) return known;

        var reading = _absence.NoteAsync(Inner.ReadAsync(key, cancellationToken));
        if (!await _absence.AnswersAsync(reading, cancellationToken).ConfigureAwait(false) && await FindCopyAsync(key, cancellationToken).ConfigureAwait(false) is { } kept)
        {
            _ = LetGoAsync(reading);
            return kept;
        }

        // One that is not copied is waited for as long as its asker likes.
        var record = await reading.ConfigureAwait(false);
        if (record is { Error: null }) copy.Keep(key, record.Content);
        return record;
    }

    public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken) => query.Kind == RecordKind.Certificate
        ? ListAsync(() => Inner.ListAsync(query, cancellationToken), () => copy.ListAsync(query, cancellationToken), () => NoteListed(query), cancellationToken)
        : Inner.ListAsync(query, cancellationToken);

    public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken)
    {
        if (query.Kind != RecordKind.Certificate) return Inner.ListEntriesAsync(query, cancellationToken);

        // A process that follows for months asks for no heads: what others removed goes from here, too, but not at each of its looks.
        return IsWhole(query) && time.GetElapsedTime(Volatile.Read(ref _pruned)) >= BetweenPrunings
            ? PruneAsync(ended => List(ended), entry => entry.Key, cancellationToken)
            : List(() => NoteListed(query));

        IAsyncEnumerable<StoreEntry> List(Action ended) => ListAsync(() => Inner.ListEntriesAsync(query, cancellationToken), () => copy.ListEntriesAsync(query, cancellationToken), ended, cancellationToken);
    }

    public override IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken)
    {
        if (query.Kind != RecordKind.Certificate) return Inner.ListHeadsAsync(query, cancellationToken);

        var asked = NamedOnce(query);
        return PruneAsync(ended => ListAsync(() => Inner.ListHeadsAsync(asked, cancellationToken), () => copy.ListHeadsAsync(asked, cancellationToken), ended, cancellationToken), head => head.Key, cancellationToken);
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
        var lease = await _absence.NoteAsync(Inner.TryLeaseAsync(request, cancellationToken)).ConfigureAwait(false);
        if (lease is not null) _lease = lease;
        return lease;
    }

    public void Dispose()
    {
        copy.Dispose();
        (Inner as IDisposable)?.Dispose();
    }

    /// <summary>The copy's, where the engine does not begin with its own and nobody decides by it.</summary>
    /// <param name="ended">The engine's list ran to its end.</param>
    private async IAsyncEnumerable<T> ListAsync<T>(Func<IAsyncEnumerable<T>> ask, Func<IAsyncEnumerable<T>> copied, Action ended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (!IsListClosed && _absence.IsNow)
        {
            Tell();
            await foreach (var item in copied().ConfigureAwait(false)) yield return item;
            yield break;
        }

        var items = ask().GetAsyncEnumerator(cancellationToken);
        var first = _absence.NoteAsync(items.MoveNextAsync());
        var isBegun = false;
        try
        {
            isBegun = IsListClosed || await _absence.AnswersAsync(first, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (!isBegun) _ = LetGoAsync(first, items);
        }

        if (isBegun)
        {
            await using (items.ConfigureAwait(false))
            {
                if (await first.ConfigureAwait(false))
                {
                    do yield return items.Current;
                    while (await items.MoveNextAsync().ConfigureAwait(false));
                }
            }

            ended();
            yield break;
        }

        Tell();
        await foreach (var item in copied().ConfigureAwait(false)) yield return item;
    }

    /// <summary>A list of all; what is copied and is not among the engine's own goes.</summary>
    /// <param name="list">Takes what is to be done when the engine's list ran to its end.</param>
    private async IAsyncEnumerable<T> PruneAsync<T>(Func<Action, IAsyncEnumerable<T>> list, Func<T, RecordKey> key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (prune, groups) = (copy.BeginPruning(), new HashSet<string>(StringComparer.Ordinal));
        await foreach (var item in list(End).WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            groups.Add(RecordRules.GroupOf(key(item).Name).ToString());
            yield return item;
        }

        void End()
        {
            _wasListed = true;
            Volatile.Write(ref _pruned, time.GetTimestamp());
            prune(groups);
        }
    }

    /// <summary>An engine may fall silent when it has told the names, and tell them when the copy has.</summary>
    private static StoreHeadQuery NamedOnce(StoreHeadQuery query)
    {
        if (query.Named is not { } named) return query;

        var isNamed = false;
        return query with
        {
            Named = names =>
            {
                if (!Interlocked.Exchange(ref isNamed, true)) named(names);
            },
        };
    }

    private static bool IsWhole(StoreQuery query) => query is { Prefix: null, After: null, Limit: null };

    private void NoteListed(StoreQuery query)
    {
        if (IsWhole(query)) _wasListed = true;
    }

    private async Task<StoreRecord?> FindCopyAsync(RecordKey key, CancellationToken cancellationToken)
    {
        if (await copy.ReadAsync(key, cancellationToken).ConfigureAwait(false) is not { Error: null } kept) return null;

        Tell();
        return kept;
    }

    /// <summary>Nobody waits for it any more.</summary>
    private static async Task LetGoAsync(Task asked, IAsyncDisposable? list = null)
    {
        await asked.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (list is not null) await list.DisposeAsync().ConfigureAwait(false);
    }

    private void Tell()
    {
        if (_absence.TakeWord() is { } reason) logger.ServedFromCopy(reason);
    }
}
