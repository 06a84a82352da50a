using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>Reads the feed from a place on.</summary>
/// <param name="place">Null: the cursor was none of this store's.</param>
internal sealed class RedisWatch(RedisFeed feed, StoreWatchRequest request, FeedPlace? place, TimeProvider time) : IStoreWatch
{
    /// <summary>So often somebody who was told nothing looks.</summary>
    private static readonly TimeSpan Floor = TimeSpan.FromSeconds(1);

    public StoreCursor Start { get; } = place is { } known ? known.Cursor : request.After!.Value;

    public async IAsyncEnumerable<StoreChange> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = place;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var changed = feed.Changed;
            if (at is not { } here || await FindNextAsync(here, cancellationToken).ConfigureAwait(false) is not { } entries)
            {
                // The position first, the list afterwards: whoever is told to list misses nothing that comes meanwhile.
                var newest = await feed.NewestAsync(cancellationToken).ConfigureAwait(false);
                at = newest;
                yield return new StoreChange(StoreChangeKind.Reset, null, newest.Cursor);
                continue;
            }

            foreach (var entry in entries)
            {
                var next = here with { Position = FeedPosition.Of(entry) };
                at = next;
                if (ChangeOf(entry, next) is { } change && (request.Kind is not { } kind || change.Key!.Value.Kind == kind)) yield return change;
            }

            if (entries.Length == 0) await Task.WhenAny(changed, Task.Delay(Floor, time, cancellationToken)).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Null: what is there is not what came after the place. The feed was cut off behind it, or Redis lost something.</summary>
    private async ValueTask<StreamEntry[]?> FindNextAsync(FeedPlace place, CancellationToken cancellationToken)
    {
        // First: what was acknowledged by then is there when Redis is asked.
        var (losses, own) = feed.Own.Look(made => made.CompareTo(place.Position) > 0);
        if (place.Losses != losses) return null;

        var entries = await feed.ReadAsync(place.Position, cancellationToken).ConfigureAwait(false);
        FeedPosition[] found = [.. entries.Select(FeedPosition.Of)];
        var page = new FeedPage<FeedPosition>(found, isCut: found.Length > RedisFeed.Page);
        if (!page.Lacks(place.Position) && !own.Any(page.Lacks)) return found[0] == place.Position ? entries[1..] : null;

        feed.Own.Lose(losses);
        return null;
    }

    /// <summary>Null for what is no change of a record, or of one that is nobody's here.</summary>
    private static StoreChange? ChangeOf(StreamEntry entry, FeedPlace place)
    {
        foreach (var (field, what) in ((string, StoreChangeKind)[])[("written", StoreChangeKind.Written), ("deleted", StoreChangeKind.Deleted)])
        {
            if (entry[field] is { IsNull: false } value && value.ToString() is var said && said.IndexOf('/') is > 0 and var slash && RecordRules.FindKey(said[..slash], said[(slash + 1)..]) is { } key) return new StoreChange(what, key, place.Cursor);
        }

        return null;
    }
}
