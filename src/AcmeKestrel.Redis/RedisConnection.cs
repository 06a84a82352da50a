using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>The one connection of a store: made when it is needed first, and anew by itself whenever it breaks. What cannot be done is told as <see cref="StoreUnavailableException"/>, within the timeouts of the configuration.</summary>
internal sealed class RedisConnection : IAsyncDisposable, IDisposable
{
    /// <summary>Never of a replica, which may lag behind: compare-and-set and what was just told by the feed would be wrong.</summary>
    public const CommandFlags Flags = CommandFlags.DemandMaster;

    /// <summary>So long nobody tries again what failed as a whole.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Func<ConfigurationOptions> _configure;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private Task<RedisSession>? _opening;
    private long _failedAt;
    private (string Channel, Action Heard)? _listening;
    private bool _isDisposed;

    /// <param name="configure">Called when the connection is made: it may read a file.</param>
    public RedisConnection(Func<ConfigurationOptions> configure, TimeProvider time, ILogger logger) => (_configure, _time, _logger) = (configure, time, logger);

    /// <summary>The connection was made anew: messages may have been missed.</summary>
    public event Action? Restored;

    /// <exception cref="StoreUnavailableException">It was not done, or nobody knows whether it was.</exception>
    public async ValueTask<T> RunAsync<T>(Func<IDatabaseAsync, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RedisSession? session = null;
        var asked = _time.GetTimestamp();
        try
        {
            session = await OpenAsync(cancellationToken).ConfigureAwait(false);
            if (session.IsAway)
            {
                session.AskWhy();
                throw new RedisException("There is no connection.");
            }

            var answer = await work(session.Multiplexer.GetDatabase()).WaitAsync(cancellationToken).ConfigureAwait(false);
            session.Answered();
            return answer;
        }
        catch (Exception failed) when ((RedisFaults.IsOne(failed) || failed is ObjectDisposedException) && !_isDisposed)
        {
            if (failed is RedisServerException) session?.Answered();
            if (failed is TimeoutException && session?.IsMuteSince(asked) is true) Replace(session);
            if (session is { Failure: null, Connected.Count: 0 }) session.AskWhy();

            // Disposed of is a session in whose place another one has just come.
            throw RedisFaults.Tell(failed, session);
        }
    }

    /// <summary>False: this server or its rules allow no subscription now.</summary>
    public async ValueTask<bool> TryListenAsync(string channel, Action heard, CancellationToken cancellationToken)
    {
        lock (_gate) _listening = (channel, heard);
        try
        {
            await SubscribeAsync((await OpenAsync(cancellationToken).ConfigureAwait(false)).Multiplexer, channel, heard).WaitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failed) when (RedisFaults.IsOne(failed))
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (End() is not { } opening) return;
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (opening.IsCompletedSuccessfully) await opening.Result.Multiplexer.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that end at once: what is under way ends by itself.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private Task<RedisSession>? End()
    {
        lock (_gate)
        {
            if (_isDisposed) return null;
            _isDisposed = true;
            return _opening;
        }
    }

    /// <summary>The connection; another one where nobody is connected and what is said of it has changed since: a password in a file.</summary>
    private async ValueTask<RedisSession> OpenAsync(CancellationToken cancellationToken)
    {
        var opening = Open(unless: null);
        var session = await opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (session.Connected.Count == 0 && IsSaidOtherwise(session)) session = await Open(unless: opening).WaitAsync(cancellationToken).ConfigureAwait(false);
        return session;
    }

    private Task<RedisSession> Open(Task<RedisSession>? unless)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisStore));
            // One that failed as a whole (a file that cannot be read, a name that DNS does not know) is tried again; one that only has no connection yet goes on trying by itself.
            if (_opening is { IsFaulted: false, IsCanceled: false } && _opening != unless) return _opening;
            if (_opening is { IsFaulted: true } && _time.GetElapsedTime(_failedAt) < AfterFailure) return _opening;

            if (unless is not null) _ = unless.Result.Multiplexer.DisposeAsync().AsTask();
            return _opening = Task.Run(TryConnectAsync, CancellationToken.None);
        }
    }

    /// <summary>A connection that lost something on its way stays open and says nothing more; the client's library waits for four answers that do not come before it gives one up.</summary>
    private void Replace(RedisSession mute)
    {
        lock (_gate)
        {
            if (_isDisposed || _opening is not { IsCompletedSuccessfully: true } opening || opening.Result != mute) return;

            _opening = Task.Run(TryConnectAsync, CancellationToken.None);
        }

        _logger.ConnectionIsLost(mute.Where, "says nothing any more");
        _ = mute.Multiplexer.DisposeAsync().AsTask();
        _ = TellAsync(Open(unless: null));
    }

    private async Task TellAsync(Task<RedisSession> opening)
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!opening.IsCompletedSuccessfully || opening.Result.Connected.Count == 0) return;

        _logger.ConnectionIsBack(opening.Result.Where);
        Restored?.Invoke();
    }

    private bool IsSaidOtherwise(RedisSession session)
    {
        try
        {
            return session.Said != _configure().ToString(includePassword: true);
        }
        catch (Exception unreadable) when (RedisFaults.IsOne(unreadable))
        {
            return false;
        }
    }

    private async Task<RedisSession> TryConnectAsync()
    {
        try
        {
            return await ConnectAsync().ConfigureAwait(false);
        }
        catch
        {
            lock (_gate) _failedAt = _time.GetTimestamp();
            throw;
        }
    }

    private async Task<RedisSession> ConnectAsync()
    {
        var configuration = _configure().Clone();
        var said = configuration.ToString(includePassword: true);

        // A server that is away at the start is one that is away: the application starts and serves.
        configuration.AbortOnConnectFail = false;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(250, 5_000);

        // So soon it is seen that another server is the primary now, where nobody announces it.
        configuration.ConfigCheckSeconds = Math.Min(configuration.ConfigCheckSeconds, 5);
        configuration.ChannelPrefix = default;

        // INFO is among the commands that the client keeps to operators.
        configuration.AllowAdmin = true;

        var session = new RedisSession(await ConnectionMultiplexer.ConnectAsync(configuration).ConfigureAwait(false), configuration, said, _time, _logger);
        session.Multiplexer.ConnectionRestored += (_, _) => Restored?.Invoke();
        (string Channel, Action Heard)? listening;
        lock (_gate) listening = _listening;
        if (listening is { } known) _ = SubscribeAsync(session.Multiplexer, known.Channel, known.Heard);
        return session;
    }

    private static Task SubscribeAsync(ConnectionMultiplexer multiplexer, string channel, Action heard) => multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, _) => heard());
}
