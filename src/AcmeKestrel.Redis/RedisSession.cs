using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>One multiplexer, and what is known of how it fares.</summary>
internal sealed class RedisSession
{
    private readonly ILogger _logger;
    private readonly HashSet<string> _said = [];
    private readonly TimeProvider _time;

    /// <summary>One attempt, which says why it fails.</summary>
    private readonly ConfigurationOptions _probe;
    private volatile ConnectionFailure? _failure;
    private long _answeredAt;
    private long _askedAt;

    /// <param name="said">What the connection was made of; it may hold a secret.</param>
    public RedisSession(ConnectionMultiplexer multiplexer, ConfigurationOptions configuration, string said, TimeProvider time, ILogger logger)
    {
        (Multiplexer, Said, _time, _logger) = (multiplexer, said, time, logger);
        _probe = configuration.Clone();
        (_probe.AbortOnConnectFail, _probe.ConnectRetry) = (true, 1);
        Where = string.Join(", ", configuration.EndPoints.Select(Show));
        Patience = TimeSpan.FromMilliseconds(configuration.AsyncTimeout);
        Service = configuration.ServiceName is { Length: > 0 } service ? service : null;
        multiplexer.ConnectionFailed += (_, failed) => Failed(failed);
        multiplexer.ConnectionRestored += (_, restored) => Restored(restored);
        _ = LookAsync();
    }

    public ConnectionMultiplexer Multiplexer { get; }

    public string Said { get; }

    /// <summary>The servers that are configured.</summary>
    public string Where { get; }

    /// <summary>Whose primary a Sentinel is asked for, or null.</summary>
    public string? Service { get; }

    /// <summary>So long an answer is waited for.</summary>
    public TimeSpan Patience { get; }

    /// <summary>What a connection to one of them failed for last, if none came back since.</summary>
    public ConnectionFailure? Failure => _failure;

    /// <summary>The servers that are connected.</summary>
    public IReadOnlyList<IServer> Connected => [.. Multiplexer.GetServers().Where(server => server.IsConnected)];

    /// <summary>Has no connection for so long that nobody need wait for it once more. It is made anew without being asked.</summary>
    public bool IsAway => _failure is { Since: var since } && _time.GetElapsedTime(since) > Patience && Connected.Count == 0;

    /// <summary>The client's library tells why a connection was lost, and not why there is no other one since: a password that is not good any more. A connection of its own finds out, now and then, which nobody waits for.</summary>
    public void AskWhy()
    {
        var (last, now) = (Volatile.Read(ref _askedAt), _time.GetTimestamp());
        if (last is not 0 && _time.GetElapsedTime(last, now) < Patience) return;
        if (Interlocked.CompareExchange(ref _askedAt, now, last) == last) _ = AskWhyAsync();
    }

    /// <summary>A server has said something.</summary>
    public void Answered() => Volatile.Write(ref _answeredAt, _time.GetTimestamp());

    /// <summary>What is connected has said something, and nothing since.</summary>
    /// <param name="timestamp">When something was asked.</param>
    public bool IsMuteSince(long timestamp) => Volatile.Read(ref _answeredAt) is not 0 and var answered && answered < timestamp && _failure is null && Connected.Count > 0;

    private static string Show(EndPoint server) => server is DnsEndPoint name ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}") : server.ToString() ?? "?";

    private void Failed(ConnectionFailedEventArgs failed)
    {
        if (failed.ConnectionType != ConnectionType.Interactive) return;

        var known = _failure;
        var failure = new ConnectionFailure(failed.FailureType, failed.Exception, known?.Since ?? _time.GetTimestamp());

        // A server that refuses closes the connection, which is one more failure and says less.
        if (known is null || !RedisFaults.IsNoEntry(known) || RedisFaults.IsNoEntry(failure)) _failure = failure;

        // Each attempt to connect anew fails likewise.
        if (known is null) _logger.ConnectionIsLost(Where, RedisFaults.Words(failed.FailureType));
    }

    private async Task AskWhyAsync()
    {
        try
        {
            await using var probe = await ConnectionMultiplexer.ConnectAsync(_probe).ConfigureAwait(false);
        }
        catch (Exception failed) when (RedisFaults.IsOne(failed))
        {
            // Unless a connection has come meanwhile, or was lost for another reason. That there was none may have been told before anybody listened.
            var known = _failure;
            if (Connected.Count == 0 && RedisFaults.IsNoEntry(failed)) Interlocked.CompareExchange(ref _failure, new ConnectionFailure(ConnectionFailureType.AuthenticationFailure, failed, known?.Since ?? _time.GetTimestamp()), known);
        }
    }

    private void Restored(ConnectionFailedEventArgs restored)
    {
        if (restored.ConnectionType != ConnectionType.Interactive) return;

        _failure = null;
        _logger.ConnectionIsBack(Where);
        _ = LookAsync();
    }

    /// <summary>Whether the server is one that keeps what it is given. It may be another one than before.</summary>
    private async Task LookAsync()
    {
        try
        {
            if (Connected.FirstOrDefault(server => !server.IsReplica) is not { } primary) return;

            var memory = await primary.InfoRawAsync("memory").ConfigureAwait(false) ?? "";
            if (ServerInfo.FindEviction(memory) is { } policy && Say(policy)) _logger.ServerEvicts(Where, policy);
            if (ServerInfo.HasNoLog(await primary.InfoRawAsync("persistence").ConfigureAwait(false) ?? "") && Say("")) _logger.ServerHasNoLog(Where);
        }
        catch (Exception silent) when (RedisFaults.IsOne(silent) || silent is ObjectDisposedException)
        {
            // A server may tell nobody; then nothing speaks against it.
        }
    }

    private bool Say(string what)
    {
        lock (_said) return _said.Add(what);
    }
}

/// <summary>Why there is no connection.</summary>
/// <param name="Since">A timestamp: the first of several failures.</param>
internal sealed record ConnectionFailure(ConnectionFailureType Type, Exception? Reason, long Since);
