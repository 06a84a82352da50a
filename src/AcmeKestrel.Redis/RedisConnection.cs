using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>The one connection of a store: made when it is needed first, and anew by itself whenever it breaks. What cannot be done is told as <see cref="StoreUnavailableException"/>, within the timeouts of the configuration.</summary>
internal sealed class RedisConnection : IAsyncDisposable, IDisposable
{
    /// <summary>Never of a replica, which may lag behind: compare-and-set and what was just told by the feed would be wrong.</summary>
    public const CommandFlags Flags = CommandFlags.DemandMaster;

    private readonly Lock _gate = new();
    private readonly ConfigurationOptions _configuration;
    private readonly ILogger _logger;
    private readonly RedisFaults _faults;
    private Task<ConnectionMultiplexer>? _opening;
    private volatile ConnectionFailure? _failure;
    private bool _isDisposed;

    public RedisConnection(ConfigurationOptions configuration, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        if (configuration.EndPoints.Count == 0) throw new ArgumentException("The configuration of Redis names no server.", nameof(configuration));
        (_configuration, _logger) = (configuration.Clone(), logger);
        // A server that is away at the start is one that is away: the application starts and serves.
        _configuration.AbortOnConnectFail = false;
        _configuration.ReconnectRetryPolicy = new ExponentialRetry(250, 5_000);
        _faults = new RedisFaults(_configuration);
    }

    /// <summary>The connection was made anew: messages may have been missed.</summary>
    public event Action? Restored;

    /// <summary>What the scripts write to, where a prefix of channels is configured.</summary>
    public string Channel(string name) => _configuration.ChannelPrefix + name;

    /// <exception cref="StoreUnavailableException">It was not done, or nobody knows whether it was.</exception>
    public async ValueTask<T> RunAsync<T>(Func<IDatabaseAsync, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ConnectionMultiplexer? multiplexer = null;
        try
        {
            multiplexer = await OpenAsync(cancellationToken).ConfigureAwait(false);
            return await work(multiplexer.GetDatabase()).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (RedisFaults.IsOne(failed) && !_isDisposed)
        {
            throw _faults.Tell(failed, _failure, multiplexer);
        }
    }

    /// <summary>False: this server or its rules allow no subscription now.</summary>
    public async ValueTask<bool> TryListenAsync(string channel, Action heard, CancellationToken cancellationToken)
    {
        try
        {
            var multiplexer = await OpenAsync(cancellationToken).ConfigureAwait(false);
            await multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(channel), (_, _) => heard()).WaitAsync(cancellationToken).ConfigureAwait(false);
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
        if (opening.IsCompletedSuccessfully) await opening.Result.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>For containers that end at once: what is under way ends by itself.</summary>
    public void Dispose() => _ = DisposeAsync().AsTask();

    private Task<ConnectionMultiplexer>? End()
    {
        lock (_gate)
        {
            if (_isDisposed) return null;
            _isDisposed = true;
            return _opening;
        }
    }

    private Task<ConnectionMultiplexer> OpenAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(RedisStore));
            // One that failed as a whole (a name that DNS does not know) is tried again; one that only has no connection yet goes on trying by itself.
            if (_opening is null or { IsFaulted: true } or { IsCanceled: true }) _opening = Task.Run(ConnectAsync, CancellationToken.None);
            return _opening.WaitAsync(cancellationToken);
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(_configuration).ConfigureAwait(false);
        multiplexer.ConnectionFailed += (_, failed) =>
        {
            _failure = new ConnectionFailure(failed.FailureType, failed.Exception);
            _logger.ConnectionIsLost(_faults.Where, RedisFaults.Words(failed.FailureType));
        };
        multiplexer.ConnectionRestored += (_, _) =>
        {
            _failure = null;
            _logger.ConnectionIsBack(_faults.Where);
            Restored?.Invoke();
        };
        return multiplexer;
    }
}
