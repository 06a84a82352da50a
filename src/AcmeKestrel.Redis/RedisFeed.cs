using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>The change feed of one store: a stream in Redis that the scripts write along with the records. A message on a channel is what wakes who waits, and a look now and then what makes up for messages that are lost.</summary>
internal sealed class RedisFeed
{
    /// <summary>How many changes are kept, about; whoever falls further behind lists again.</summary>
    public const int Capacity = 10_000;

    /// <summary>Read at once.</summary>
    public const int Page = 256;

    private readonly RedisConnection _connection;
    private readonly RedisKeys _keys;
    private readonly Signal _changed = new();
    private int _listens;

    public RedisFeed(RedisConnection connection, RedisKeys keys)
    {
        (_connection, _keys) = (connection, keys);
        connection.Restored += _changed.Set;
    }

    /// <summary>Completes when there may be more; to be taken before looking.</summary>
    public Task Changed => _changed.Next;

    /// <summary>The last changes of this store.</summary>
    public OwnWrites<FeedPosition> Own { get; } = new();

    /// <summary>The place of the last entry.</summary>
    public async ValueTask<FeedPlace> NewestAsync(CancellationToken cancellationToken)
    {
        var (losses, _) = Own.Look(_ => false);
        var entry = (RedisResult[])(await _connection.RunAsync(redis => redis.ScriptEvaluateAsync(RedisScripts.Newest, [_keys.Feed], [Marks.New()], RedisConnection.Flags), cancellationToken).ConfigureAwait(false))!;
        var fields = (RedisValue[])entry[1]!;
        var mark = fields.Chunk(2).First(pair => pair[0] == FeedPosition.MarkField)[1];
        return new FeedPlace(FeedPosition.Parse(entry[0].ToString(), mark.ToString()) ?? throw new FormatException("An id in Redis' stream is none."), losses);
    }

    /// <summary>The entry at the position, if it still is, and those after it.</summary>
    public ValueTask<StreamEntry[]> ReadAsync(FeedPosition from, CancellationToken cancellationToken) =>
        _connection.RunAsync(redis => redis.StreamRangeAsync(_keys.Feed, from.Id, null, Page + 1, Order.Ascending, RedisConnection.Flags), cancellationToken);

    /// <summary>Hears of changes from now on, if Redis lets us; else the looks do.</summary>
    public async ValueTask ListenAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _listens, 1) == 1) return;
        if (!await _connection.TryListenAsync(_keys.Channel, _changed.Set, cancellationToken).ConfigureAwait(false)) Volatile.Write(ref _listens, 0);
    }
}
