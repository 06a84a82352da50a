using System.Globalization;
using System.Net;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>What ails Redis, in one sentence that says what to do, and without a secret.</summary>
internal sealed class RedisFaults(ConfigurationOptions configuration)
{
    private const int LongestReason = 300;

    /// <summary>By what the server's words begin with, which scripts and versions put something before.</summary>
    private static readonly (string Word, string Sentence)[] Refusals =
    [
        ("OOM ", "is full (maxmemory): it takes no more writes until it gets more memory or less to keep"),
        ("READONLY ", "is a read-only replica: the configuration must name the primary, or all servers of which one is it"),
        ("LOADING ", "has just started and still loads its data"),
        ("MASTERDOWN ", "is a replica that has lost its primary"),
        ("NOREPLICAS ", "takes no writes, for it has too few replicas (min-replicas-to-write)"),
        ("MISCONF ", "takes no writes, for it cannot write to its disk (MISCONF)"),
        ("CLUSTERDOWN ", "is part of a cluster that is down"),
        ("TRYAGAIN ", "moves these keys to another node of its cluster"),
        ("BUSY ", "is busy with somebody's script"),
        ("NOAUTH ", NoEntry),
        ("WRONGPASS ", NoEntry),
    ];

    private const string NoEntry = "refuses the user or the password (Acme:Store:Redis:Configuration)";

    /// <summary>The servers that are configured.</summary>
    public string Where { get; } = string.Join(", ", configuration.EndPoints.Select(Show));

    /// <summary>Redis or the way to it failed.</summary>
    public static bool IsOne(Exception failed) => failed is RedisException or RedisCommandException or TimeoutException or System.Net.Sockets.SocketException or IOException;

    public static string Words(ConnectionFailureType type) => type switch
    {
        ConnectionFailureType.AuthenticationFailure => NoEntry,
        ConnectionFailureType.Loading => "has just started and still loads its data",
        ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure => "has closed the connection",
        ConnectionFailureType.ProtocolFailure or ConnectionFailureType.ResponseIntegrityFailure => "says what is not Redis' protocol",
        _ => "cannot be reached",
    };

    /// <param name="known">What the connection failed for, if it did and is not back.</param>
    public StoreUnavailableException Tell(Exception failed, ConnectionFailure? known, IConnectionMultiplexer? multiplexer) => new($"Redis at {Where} {Say(failed, known, multiplexer)}.", failed);

    private string Say(Exception failed, ConnectionFailure? known, IConnectionMultiplexer? multiplexer)
    {
        if (failed is RedisServerException { Message: var words }) return SayRefusal(words);
        if (FindNoEntry(failed, known) is { } refusal) return refusal;

        var connected = multiplexer?.GetServers().Where(server => server.IsConnected).ToList() ?? [];
        if (connected.Count > 0 && connected.TrueForAll(server => server.IsReplica)) return Refusals[1].Sentence;
        if (known is not null) return Words(known.Type);
        if (failed is RedisTimeoutException && connected.Count > 0) return string.Create(CultureInfo.InvariantCulture, $"did not answer within {configuration.AsyncTimeout / 1000.0} s");
        return failed is RedisConnectionException { FailureType: var type } ? Words(type) : connected.Count == 0 ? Words(ConnectionFailureType.UnableToConnect) : $"failed: {Short(failed.Message)}";
    }

    private static string SayRefusal(string words)
    {
        foreach (var (word, sentence) in Refusals)
        {
            if (words.Contains(word, StringComparison.Ordinal)) return sentence;
        }

        return words.Contains("NOPERM", StringComparison.Ordinal) ? $"does not allow its user what the store needs: {Short(words)}" : $"refuses: {Short(words)}";
    }

    /// <summary>A connection that fails before it is one has its reason somewhere below.</summary>
    private static string? FindNoEntry(Exception failed, ConnectionFailure? known)
    {
        for (var cause = failed; cause is not null; cause = cause.InnerException)
        {
            if (IsNoEntry(cause)) return NoEntry;
        }

        return known is { Type: ConnectionFailureType.AuthenticationFailure } || (known?.Reason is { } reason && IsNoEntry(reason)) ? NoEntry : null;
    }

    private static bool IsNoEntry(Exception cause) =>
        cause is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
        || cause.Message.Contains("WRONGPASS", StringComparison.Ordinal)
        || cause.Message.Contains("NOAUTH", StringComparison.Ordinal);

    private static string Short(string text)
    {
        text = text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length > LongestReason ? text[..LongestReason] : text;
    }

    private static string Show(EndPoint server) => server is DnsEndPoint name ? string.Create(CultureInfo.InvariantCulture, $"{name.Host}:{name.Port}") : server.ToString() ?? "?";
}

/// <summary>Why there is no connection now.</summary>
internal sealed record ConnectionFailure(ConnectionFailureType Type, Exception? Reason);
