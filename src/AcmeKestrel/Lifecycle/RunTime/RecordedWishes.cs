using System.Globalization;
using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle.RunTime;

/// <summary>Wishes that are made while the application runs: kept as records under their labels, read when they are first asked for and for each session of the state, and from then on known; one that comes or goes costs one.</summary>
/// <typeparam name="T">What a record says.</typeparam>
internal abstract class RecordedWishes<T>(IAcmeStore store, RecordKind kind, TimeProvider time) : IRecordedWishes, IIncrementalDesiredCertificateSource, IDisposable
    where T : class
{
    /// <summary>Whoever is further behind is told everything.</summary>
    private const int Remembered = 10_000;

    /// <summary>A record that could not be read now may be readable then.</summary>
    private static readonly TimeSpan UntilReadAgain = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Recorded> _wishes = new(StringComparer.Ordinal);
    private readonly Queue<(long Change, string Label)> _changes = new();
    private readonly SemaphoreSlim _reading = new(1, 1);
    private readonly KeyedGates _writing = new();
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private CancellationTokenSource _changed = new();
    private ITimer? _again;
    private bool _isDisposed;
    private long _change;
    private long _forgotten;

    /// <summary>How often somebody else may have written, and up to which of these times they were read.</summary>
    private long _epoch = 1;
    private long _readEpoch;

    public abstract AcmeWishSource Source { get; }

    public RecordKind Kind => kind;

    /// <summary>What is known, by label; a copy. Of a record that cannot be used nothing is.</summary>
    protected IReadOnlyList<KeyValuePair<string, T>> Known
    {
        get
        {
            lock (_gate) return [.. _wishes.Where(wish => wish.Value.Content is not null).Select(wish => KeyValuePair.Create(wish.Key, wish.Value.Content!))];
        }
    }

    private bool IsRead => Volatile.Read(ref _readEpoch) == Volatile.Read(ref _epoch);

    public virtual async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var said = _wishes.Select(wish => Say(wish.Key, wish.Value)).ToList();
            return new DesiredCertificates([.. said.SelectMany(entry => entry.Certificates)]) { Problems = [.. said.SelectMany(entry => entry.Problems)] };
        }
    }

    public virtual async ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            var position = _change.ToString(CultureInfo.InvariantCulture);
            if (!long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var known) || known < _forgotten || known > _change)
            {
                return new DesiredChanges(_wishes.ToDictionary(wish => wish.Key, wish => Say(wish.Key, wish.Value), StringComparer.Ordinal), position) { IsWhole = true };
            }

            var labels = _changes.Where(change => change.Change > known).Select(change => change.Label).Distinct(StringComparer.Ordinal);
            return new DesiredChanges(labels.ToDictionary(label => label, label => _wishes.TryGetValue(label, out var wish) ? Say(label, wish) : DesiredCertificates.Empty, StringComparer.Ordinal), position);
        }
    }

    public virtual IChangeToken GetChangeToken()
    {
        lock (_gate) return new CancellationChangeToken(_changed.Token);
    }

    /// <summary>On disk when it returns. False: it was wished just so already.</summary>
    public async Task<bool> PutAsync(StateSession session, string label, T wish, CancellationToken cancellationToken)
    {
        // The record and what is known of it change as one: of two that come together the same one counts in both.
        using var turn = await _writing.EnterAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false);
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        return await KeepAsync(session, label, wish, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>False: there was none.</summary>
    public async Task<bool> RemoveAsync(StateSession session, string label, CancellationToken cancellationToken)
    {
        using var turn = await _writing.EnterAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false);
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            if (!_wishes.ContainsKey(label)) return false;
        }

        await session.DeleteAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false);
        Tell(label, null);
        return true;
    }

    /// <summary>Another process may have written: they are read anew when they are asked for.</summary>
    public void LookAgain()
    {
        Interlocked.Increment(ref _epoch);
        Tell();
    }

    public async Task LookAgainAsync(string label, CancellationToken cancellationToken)
    {
        // Those that were not read before are read whole when they are asked for.
        using var turn = await _writing.EnterAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false);
        Tell(label, await store.ReadAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false) is { } record ? Read(record) : null);
    }

    public virtual void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _again?.Dispose();
        }

        _reading.Dispose();
        _changed.Dispose();
    }

    /// <summary>What is wished now, changed. One that went meanwhile stays away.</summary>
    protected async Task ChangeAsync(StateSession session, string label, Func<T, T> change, CancellationToken cancellationToken)
    {
        using var turn = await _writing.EnterAsync(new RecordKey(kind, label), cancellationToken).ConfigureAwait(false);
        await RequireReadAsync(cancellationToken).ConfigureAwait(false);
        if (Find(label) is { } known) await KeepAsync(session, label, change(known), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What is known of the label; null: nothing that can be used.</summary>
    protected T? Find(string label)
    {
        lock (_gate) return _wishes.GetValueOrDefault(label)?.Content;
    }

    protected abstract DesiredCertificate Word(string label, T wish);

    protected abstract RecordContent Write(T wish);

    /// <exception cref="DamagedRecordException">It cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">It cannot be read now.</exception>
    protected abstract T ReadWish(StoreRecord record);

    /// <summary>How a message names a record.</summary>
    protected abstract string OriginOf(string label);

    protected async Task RequireReadAsync(CancellationToken cancellationToken)
    {
        if (IsRead) return;

        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (IsRead) return;

            // Known only now: whoever comes meanwhile waits for what is stored, and not for what nobody has read yet.
            var epoch = Volatile.Read(ref _epoch);
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            Volatile.Write(ref _readEpoch, epoch);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>What comes or goes while they are read may be in what was read or not: it is known better. Only who has forgotten what that was reads once more.</summary>
    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long before;
            lock (_gate) before = _change;
            var stored = new Dictionary<string, Recorded>(StringComparer.Ordinal);
            await foreach (var record in store.ListAsync(new StoreQuery(kind), cancellationToken).ConfigureAwait(false)) stored[record.Key.Name] = Read(record);

            lock (_gate)
            {
                if (_forgotten > before) continue;

                var known = _changes.Where(change => change.Change > before).Select(change => change.Label).ToHashSet(StringComparer.Ordinal);
                foreach (var label in _wishes.Keys.Where(label => !stored.ContainsKey(label) && !known.Contains(label)).ToList()) Remember(label, null);
                foreach (var (label, wish) in stored.Where(wish => !known.Contains(wish.Key))) Remember(label, wish);
                return;
            }
        }
    }

    /// <summary>One that cannot be used is a problem, and in nobody's way; what it said before, it says no more.</summary>
    private Recorded Read(StoreRecord record)
    {
        try
        {
            return new Recorded(ReadWish(record), null);
        }
        catch (Exception unusable) when (unusable is DamagedRecordException or StoreUnavailableException)
        {
            return new Recorded(null, unusable.Message) { MayPass = unusable is StoreUnavailableException };
        }
    }

    /// <summary>In the gate: the label is read again, and nothing else, in a minute.</summary>
    private void ReadAgainLater(string label)
    {
        if (_isDisposed || !_unread.Add(label) || _unread.Count > 1) return;

        _again ??= time.CreateTimer(_ => _ = ReadAgainAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _again.Change(UntilReadAgain, Timeout.InfiniteTimeSpan);
    }

    private async Task ReadAgainAsync()
    {
        List<string> labels;
        lock (_gate)
        {
            labels = [.. _unread];
            _unread.Clear();
        }

        foreach (var label in labels)
        {
            try
            {
                await LookAgainAsync(label, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StoreUnavailableException)
            {
                lock (_gate) ReadAgainLater(label);
            }
        }
    }

    /// <summary>False: it is wished just so already. Nobody else may be at the label.</summary>
    private async Task<bool> KeepAsync(StateSession session, string label, T wish, CancellationToken cancellationToken)
    {
        if (Find(label) is { } before && Word(label, before).IsSameAs(Word(label, wish))) return false;

        await session.WriteAsync(new RecordKey(kind, label), Write(wish), cancellationToken).ConfigureAwait(false);
        Tell(label, new Recorded(wish, null));
        return true;
    }

    private DesiredCertificates Say(string label, Recorded wish) => wish.Content is { } content
        ? new DesiredCertificates([Word(label, content)])
        : new DesiredCertificates([]) { Problems = [new DesiredProblem(OriginOf(label), wish.Problem!)] };

    private void Tell(string label, Recorded? wish)
    {
        lock (_gate) Remember(label, wish);
        Tell();
    }

    /// <param name="wish">Null: there is none any more.</param>
    private void Remember(string label, Recorded? wish)
    {
        if (wish is { MayPass: true }) ReadAgainLater(label);
        if (wish is null) _wishes.Remove(label);
        else _wishes[label] = wish;
        _changes.Enqueue((++_change, label));
        while (_changes.Count > Remembered) _forgotten = _changes.Dequeue().Change;
    }

    /// <summary>Something is said now that was not said before.</summary>
    protected void Tell()
    {
        CancellationTokenSource former;
        lock (_gate)
        {
            if (_isDisposed) return;
            (former, _changed) = (_changed, new CancellationTokenSource());
        }

        former.Cancel();
        former.Dispose();
    }

    /// <summary>One of both is there.</summary>
    private sealed record Recorded(T? Content, string? Problem)
    {
        /// <summary>It is the reading that failed, and not the record.</summary>
        public bool MayPass { get; init; }
    }
}
