using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Accounts;

/// <summary>
/// What each session knows of where accounts lie, so that whoever looks for one reads its record and not all that there are. They are listed when a session first wants one. A hand that puts a record there tells no feed: where one
/// that is wanted is not found, the names are looked at, and records that are new are read; a list of all shows what a hand edited in place.
/// </summary>
internal sealed class KnownAccounts(TimeProvider time)
{
    /// <summary>An account that is not there is looked for in all records no more often than this: a thousand that are registered one after the other would cost a million reads.</summary>
    public static readonly TimeSpan BetweenLists = TimeSpan.FromSeconds(5);

    private readonly ConditionalWeakTable<StateSession, ConcurrentDictionary<CaKey, Known>> _sessions = [];
    private int _asked;

    /// <summary>Looks for something by <see cref="ReadAsync"/>, and where it is not found once more, when all that had been put there is known.</summary>
    public async Task<T> SearchAsync<T>(StateSession session, Provider provider, Func<Task<T>> look, Func<T, bool> isFound, CancellationToken cancellationToken)
    {
        var known = Of(session, provider.Ca);
        if (known.Last is null) await ListAsync(session, provider, known, cancellationToken).ConfigureAwait(false);

        var found = await look().ConfigureAwait(false);
        if (isFound(found)) return found;

        await ListAsync(session, provider, known, cancellationToken).ConfigureAwait(false);
        await ReadNewAsync(session, provider, known, cancellationToken).ConfigureAwait(false);
        return await look().ConfigureAwait(false);
    }

    /// <summary>The records that are known under any of the topics, as they are now.</summary>
    public async IAsyncEnumerable<StoreRecord> ReadAsync(StateSession session, Provider provider, AccountTopic[] topics, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var known = Of(session, provider.Ca);
        foreach (var key in known.Index.Find(topics))
        {
            var stored = await session.ReadAsync(key, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<AccountTopic> present = stored is null ? [] : AccountTopic.Of(stored, provider);
            if (stored is null) known.Index.Forget(key, [AccountTopic.KeyAlone, AccountTopic.Unusable]);
            else known.Index.Note(key, present);

            // A hand was at work, and may have put others in its place.
            if (!present.Any(topics.Contains)) known.Doubt();
            if (stored is not null) yield return stored;
        }
    }

    /// <summary>Somebody asked for something: what was put there before that is found.</summary>
    public void LookAgain() => Interlocked.Increment(ref _asked);

    /// <summary>Some record has, or had, the account.</summary>
    public bool Has(StateSession session, CaKey ca, string url) => Of(session, ca).Index.Has(AccountTopic.Url(url));

    /// <summary>Writes it; found from then on, also where it is not known whether it was written.</summary>
    public async Task WriteAsync(StateSession session, AccountRecord record, CancellationToken cancellationToken)
    {
        try
        {
            await session.WriteAsync(record.Key, record.Write(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Of(session, record.Account.Ca).Index.Note(record.Key, [.. AccountTopic.Of(record)]);
        }
    }

    public async Task DeleteAsync(StateSession session, CaKey ca, RecordKey key, IReadOnlyList<AccountTopic> topics, CancellationToken cancellationToken)
    {
        await session.DeleteAsync(key, cancellationToken).ConfigureAwait(false);
        Of(session, ca).Index.Forget(key, topics);
    }

    private Known Of(StateSession session, CaKey ca) => _sessions.GetOrCreateValue(session).GetOrAdd(ca, _ => new Known());

    private bool IsOld(Known known) => known.Last is not { } last || last.Asked != Volatile.Read(ref _asked) || last.Doubts != known.Doubts || time.GetElapsedTime(last.Ended) >= BetweenLists;

    private static StoreQuery RecordsOf(Provider provider) => new(RecordKind.Account) { Prefix = provider.Ca.RecordName + "/" };

    /// <summary>Unless there is a list that is young enough.</summary>
    private async Task ListAsync(StateSession session, Provider provider, Known known, CancellationToken cancellationToken)
    {
        await known.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Whoever was before may have done it.
            if (!IsOld(known)) return;

            var (asked, doubts, begun) = (Volatile.Read(ref _asked), known.Doubts, known.Index.Begin());
            var records = new List<(RecordKey, IReadOnlyList<AccountTopic>)>();
            await foreach (var stored in session.ListAsync(RecordsOf(provider), cancellationToken).ConfigureAwait(false))
            {
                records.Add((stored.Key, AccountTopic.Of(stored, provider)));
            }

            known.Index.Replace(records, begun);
            known.Last = new Listing(time.GetTimestamp(), asked, doubts);
        }
        finally
        {
            known.Turn.Release();
        }
    }

    private static async Task ReadNewAsync(StateSession session, Provider provider, Known known, CancellationToken cancellationToken)
    {
        var keys = new List<RecordKey>();
        await foreach (var entry in session.ListEntriesAsync(RecordsOf(provider), cancellationToken).ConfigureAwait(false))
        {
            if (!known.Index.Has(entry.Key)) keys.Add(entry.Key);
        }

        foreach (var key in keys)
        {
            if (await session.ReadAsync(key, cancellationToken).ConfigureAwait(false) is { } stored) known.Index.Note(key, AccountTopic.Of(stored, provider));
        }
    }

    /// <summary>Of one CA.</summary>
    private sealed class Known
    {
        private Listing? _last;
        private int _doubts;

        public AccountIndex Index { get; } = new();

        /// <summary>Held by whoever lists all.</summary>
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>Null: all were not listed yet.</summary>
        public Listing? Last
        {
            get => Volatile.Read(ref _last);
            set => Volatile.Write(ref _last, value);
        }

        public int Doubts => Volatile.Read(ref _doubts);

        public void Doubt() => Interlocked.Increment(ref _doubts);
    }

    /// <summary>A list of all.</summary>
    /// <param name="Asked">How often somebody had asked for something when it began.</param>
    /// <param name="Doubts">How many records had not been what they were known as when it began.</param>
    private sealed record Listing(long Ended, int Asked, int Doubts);
}
