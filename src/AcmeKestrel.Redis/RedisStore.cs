using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>
/// Keeps the state in Redis (5 or newer, or what speaks its protocol), where several machines share it. The version that is expected, the fence and the write are one step on the server; so are a change and its place in the feed.
/// </summary>
/// <remarks>
/// <para>Redis acknowledges before its replicas and, unless it is told otherwise, its disk have what was written. A failover, or a crash, may therefore lose the last writes that were acknowledged: records, leases and changes, always the last ones together.
/// What then holds: the feed of each process says <see cref="StoreChangeKind.Reset"/> where it, or this process, had seen more than there is; no version that was lost is ever given to another content; a lease that was lost ends
/// (<see cref="IStoreLease.RenewAsync"/> answers false), and no write under it is taken. What does not hold: that a record outlives it, and that nobody else got the lease meanwhile.
/// <c>min-replicas-to-write</c> bounds what can be lost, <c>appendfsync always</c> makes a restart lose nothing.</para>
/// <para>No key expires, so a policy that evicts only such keys takes nothing of the state; one that evicts any key does, and must be <c>noeviction</c> instead.</para>
/// </remarks>
public sealed class RedisStore : IAcmeStore, IAsyncDisposable, IDisposable
{
    private const int NamesAtOnce = 5_000;
    private const int PartsAtOnce = 500;
    private const int RecordsAtOnce = 64;

    private readonly RedisConnection _connection;
    private readonly RedisKeys _keys;
    private readonly RedisFeed _feed;
    private readonly RedisLeases _leases;
    private readonly TimeProvider _time;

    /// <summary>A store that connects when it is used first. Stores with the same prefix on the same server and database share what they hold.</summary>
    /// <param name="configuration">How the server is reached; the store keeps a copy.</param>
    /// <param name="keyPrefix">What all its keys begin with, in braces: letters, digits, dots, colons, underscores and hyphens.</param>
    /// <param name="timeProvider">The clock that leases are counted on in this process; null = the system's.</param>
    /// <param name="logger">Told of lost connections, and of settings of the server that a state must not have.</param>
    public RedisStore(ConfigurationOptions configuration, string keyPrefix = "acme", TimeProvider? timeProvider = null, ILogger<RedisStore>? logger = null)
        : this(Keep(configuration), new RedisKeys(keyPrefix), timeProvider ?? TimeProvider.System, logger ?? NullLogger<RedisStore>.Instance)
    {
    }

    internal RedisStore(Func<ConfigurationOptions> configure, RedisKeys keys, TimeProvider time, ILogger<RedisStore> logger)
    {
        (_keys, _time, _connection) = (keys, time, new RedisConnection(configure, time, logger));
        (_feed, _leases) = (new RedisFeed(_connection, keys), new RedisLeases(_connection, keys, time));
    }

    /// <inheritdoc/>
    public async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        return RedisRecord.Read(key, await _connection.RunAsync(redis => ReadAsync(redis, key), cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        var left = query.Limit ?? long.MaxValue;
        await foreach (var page in PagesAsync(query, RecordsAtOnce, cancellationToken).ConfigureAwait(false))
        {
            var contents = await _connection.RunAsync(redis => Task.WhenAll(page.Select(key => OrNothingAsync(redis.HashGetAllAsync(_keys.Record(key), RedisConnection.Flags)))), cancellationToken).ConfigureAwait(false);
            foreach (var (key, content) in page.Zip(contents))
            {
                // Removed since its name was listed, or lost, or something else.
                var record = content.Length > 0 ? RedisRecord.Read(key, content) : await ReadAsync(key, cancellationToken).ConfigureAwait(false);
                if (record is null) continue;

                yield return record;
                if (--left == 0) yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        var left = query.Limit ?? long.MaxValue;
        await foreach (var page in PagesAsync(query, NamesAtOnce, cancellationToken).ConfigureAwait(false))
        {
            foreach (var key in page)
            {
                yield return new StoreEntry(key);
                if (--left == 0) yield break;
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        var heads = await NamesOfHeadsAsync(query.Kind, cancellationToken).ConfigureAwait(false);
        query.Named?.Invoke(heads);
        foreach (var keys in heads.Select(name => new RecordKey(query.Kind, name)).Chunk(PartsAtOnce))
        {
            var parts = await _connection.RunAsync(redis => Task.WhenAll(keys.Select(key => OrNothingAsync(redis.HashGetAsync(_keys.Record(key), RedisRecord.FieldsOf(query.Part), RedisConnection.Flags)))), cancellationToken).ConfigureAwait(false);
            foreach (var (key, found) in keys.Zip(parts))
            {
                var part = Array.Find(found, value => !value.IsNull);
                yield return new StorePart(key, part.IsNull ? (ReadOnlyMemory<byte>?)null : RedisRecord.Bytes(part));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        RecordRules.Check(write);
        var mark = Marks.New();
        await ChangeAsync(RedisScripts.Write, write.Key, write.Expected, write.Fence, mark, RedisRecord.Write(write.Content), cancellationToken).ConfigureAwait(false);
        return new RecordVersion(mark);
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        RecordRules.Check(deletion);
        return ChangeAsync(RedisScripts.Delete, deletion.Key, deletion.Expected, deletion.Fence, Marks.New(), [], cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        RecordRules.Check(request);
        return _leases.TryLeaseAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await _feed.ListenAsync(cancellationToken).ConfigureAwait(false);
        var place = request.After is { } cursor ? FeedPlace.Parse(cursor) : await _feed.NewestAsync(cancellationToken).ConfigureAwait(false);
        return new RedisWatch(_feed, request, place, _time);
    }

    /// <summary>Ends the connection. Leases that were not given back end by themselves.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => _connection.Dispose();

    private static Func<ConfigurationOptions> Keep(ConfigurationOptions configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.EndPoints.Count == 0) throw new ArgumentException("It names no server.", nameof(configuration));
        var kept = configuration.Clone();
        return () => kept;
    }

    private Task<RedisResult> ReadAsync(IDatabaseAsync redis, RecordKey key) => redis.ScriptEvaluateAsync(RedisScripts.Read, [_keys.Record(key), _keys.Names(key.Kind)], [key.Name], RedisConnection.Flags);

    /// <summary>False: there was nothing to change.</summary>
    private async ValueTask<bool> ChangeAsync(string script, RecordKey key, RecordVersion? expected, Fence? fence, string mark, IEnumerable<RedisValue> fields, CancellationToken cancellationToken)
    {
        RedisValue[] arguments =
        [
            fence?.Resource ?? "", fence is { Token: var token } ? token : "", expected is { Value: var version } ? $"={version}" : "*", key.ToString(), key.Name, mark, _keys.Channel, RedisFeed.Capacity, .. fields,
        ];
        var answer = (RedisValue[])(await _connection.RunAsync(redis => redis.ScriptEvaluateAsync(script, [_keys.Leases, _keys.Record(key), _keys.Names(key.Kind), _keys.Feed], arguments, RedisConnection.Flags), cancellationToken).ConfigureAwait(false))!;
        switch (answer[0].ToString())
        {
            case "fence":
                throw new StoreConflictException(key, $"{key} is not written: the lease of '{fence!.Value.Resource}' is over or has passed to another holder (token {fence.Value.Token}{(answer[1].IsNullOrEmpty ? "" : $", now {answer[1]}")}).");
            case "version":
                throw new StoreConflictException(key, Conflict(key, expected!.Value, answer[1].IsNullOrEmpty));
            case "none":
                return false;
            default:
                if (FeedPosition.Parse(answer[1].ToString(), mark) is { } position) _feed.Own.Note(position);
                return true;
        }
    }

    private static string Conflict(RecordKey key, RecordVersion expected, bool isGone) =>
        expected == RecordVersion.Absent ? $"{key} exists already."
        : isGone ? $"{key} is gone: somebody else removed it."
        : $"{key} was written by somebody else meanwhile.";

    /// <summary>The names come in order: the last one of a group is its head.</summary>
    private async Task<IReadOnlyCollection<string>> NamesOfHeadsAsync(RecordKind kind, CancellationToken cancellationToken)
    {
        var heads = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var page in PagesAsync(new StoreQuery(kind), NamesAtOnce, cancellationToken).ConfigureAwait(false))
        {
            foreach (var key in page) heads[RecordRules.GroupOf(key.Name).ToString()] = key.Name;
        }

        return heads.Values;
    }

    /// <summary>A key that holds no hash keeps nobody from reading the others.</summary>
    private static async Task<T[]> OrNothingAsync<T>(Task<T[]> content)
    {
        try
        {
            return await content.ConfigureAwait(false);
        }
        catch (RedisServerException other) when (other.Message.Contains("WRONGTYPE", StringComparison.Ordinal))
        {
            return [];
        }
    }

    /// <summary>Names in the order of their bytes, as Redis sorts them; so many at once, however many there are. What no store would have written is no record's.</summary>
    private async IAsyncEnumerable<IReadOnlyList<RecordKey>> PagesAsync(StoreQuery query, int size, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (prefix, names) = (query.Prefix ?? "", _keys.Names(query.Kind));
        var afterName = query.After is { } after && (prefix.Length == 0 || RecordKey.NameOrder.Compare(after, prefix) >= 0);
        RedisValue from = afterName ? query.After : prefix.Length > 0 ? prefix : RedisValue.Null;
        var excluded = (afterName ? Exclude.Start : Exclude.None) | (prefix.Length > 0 ? Exclude.Stop : Exclude.None);
        // No byte of UTF-8 is as great as this one.
        RedisValue to = prefix.Length > 0 ? (byte[])[.. System.Text.Encoding.UTF8.GetBytes(prefix), 0xff] : RedisValue.Null;
        size = Math.Min(size, query.Limit ?? size);
        while (true)
        {
            var page = await _connection.RunAsync(redis => redis.SortedSetRangeByValueAsync(names, from, to, excluded, Order.Ascending, 0, size, RedisConnection.Flags), cancellationToken).ConfigureAwait(false);
            if (page.Length > 0) yield return [.. page.Select(name => new RecordKey(query.Kind, name.ToString())).Where(RecordRules.Allow)];
            if (page.Length < size) yield break;

            (from, excluded) = (page[^1], excluded | Exclude.Start);
        }
    }
}
