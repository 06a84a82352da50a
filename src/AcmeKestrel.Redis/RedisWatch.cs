using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>Reads the feed from a position on.</summary>
/// <param name="position">Null: the cursor was none of this store's.</param>
internal sealed class RedisWatch(RedisFeed feed, StoreWatchRequest request, FeedPosition? position, TimeProvider time) : IStoreWatch
{
    /// <summary>So often somebody who was told nothing looks.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(1);

    /// <summary>A lost write of this process that was told already; it is told once.</summary>
    private OwnWrite? _told;

    public StoreCursor Start { get; } = position is { } known ? known.Cursor : request.After!.Value;

    public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = position;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = feed.Changed;
            var own = feed.Own;
            var entries = at is { } from ? await feed.ReadAsync(from, cancellationToken).ConfigureAwait(false) : [];
            if (at is not { } here || !Holds(entries, here) || Lacks(entries, own, here))
            {
                // The position first, the list afterwards: whoever is told to list misses nothing that comes meanwhile.
                var newest = await feed.NewestAsync(cancellationToken).ConfigureAwait(false);
                at = newest;
                Forgive(own, newest);
                yield return new StoreChange(StoreChangeKind.Reset, null, newest.Cursor);
                continue;
            }

            foreach (var entry in entries.AsSpan(1).ToArray())
            {
                var next = FeedPosition.Of(entry);
                at = next;
                if (ChangeOf(entry, next) is { } change && (request.Kind is not { } kind || change.Key!.Value.Kind == kind)) yield return change;
            }

            if (entries.Length == 1) await Task.WhenAny(changed, Task.Delay(Floor, time, cancellationToken)).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The entry of the position is where it was. Else the feed was cut off behind it, or these are other data.</summary>
    private static bool Holds(StreamEntry[] entries, FeedPosition position) => entries is [var first, ..] && FeedPosition.Of(first) == position;

    /// <summary>This process' own last change, acknowledged before the feed was read, should be there and is not: Redis lost what comes after the position.</summary>
    private bool Lacks(StreamEntry[] entries, OwnWrite? own, FeedPosition position)
    {
        if (own is null || own == _told || !own.Position.IsAfter(position)) return false;

        var last = FeedPosition.Of(entries[^1]);
        var comes = entries.Length > RedisFeed.Page && own.Position.IsAfter(last);
        return !comes && !Array.Exists(entries, entry => FeedPosition.Of(entry) == own.Position);
    }

    /// <summary>A clock that is behind makes ids that are before the lost ones: what was told once is looked for no more.</summary>
    private void Forgive(OwnWrite? own, FeedPosition newest)
    {
        if (own is null || !own.Position.IsAfter(newest)) return;

        own.IsLost = true;
        _told = own;
    }

    /// <summary>Null for what is no change of a record.</summary>
    private static StoreChange? ChangeOf(StreamEntry entry, FeedPosition position)
    {
        foreach (var (field, what) in ((string, StoreChangeKind)[])[("written", StoreChangeKind.Written), ("deleted", StoreChangeKind.Deleted)])
        {
            if (entry[field] is { IsNull: false } value && value.ToString() is var key && key.IndexOf('/') is > 0 and var slash) return new StoreChange(what, new RecordKey(new RecordKind(key[..slash]), key[(slash + 1)..]), position.Cursor);
        }

        return null;
    }
}
