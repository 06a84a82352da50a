using System.Globalization;
using System.Net.Sockets;
using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>What ails Redis, in one sentence that says what to do, and without a secret.</summary>
internal static class RedisFaults
{
    private const int LongestReason = 300;

    /// <summary>By what the server's words begin with, which scripts and versions put something before.</summary>
    private static readonly (string Word, string Sentence)[] Refusals =
    [
        ("OOM ", "is full (maxmemory): it takes no more writes until it gets more memory or less to keep"),
        ("READONLY ", IsReplica),
        ("LOADING ", Loads),
        ("MASTERDOWN ", "is a replica that has lost its primary"),
        ("NOREPLICAS ", "takes no writes, for it has too few replicas (min-replicas-to-write)"),
        ("MISCONF ", "takes no writes, for it cannot write to its disk (MISCONF)"),
        ("CLUSTERDOWN ", "is part of a cluster that is down"),
        ("TRYAGAIN ", "moves these keys to another node of its cluster"),
        ("BUSY ", "is busy with somebody's script"),
        ("NOAUTH ", NoEntry),
        ("WRONGPASS ", NoEntry),
    ];

    private const string IsReplica = "is a read-only replica: the configuration must name the primary, or all servers of which one is it";
    private const string Loads = "has just started and still loads its data";
    private const string NoEntry = "refuses the user or the password (Acme:Store:Redis:Configuration)";

    /// <summary>Redis or the way to it failed, or what is to be known to go it.</summary>
    public static bool IsOne(Exception failed) => failed is RedisException or RedisCommandException or TimeoutException or SocketException or IOException or AcmeSecretException;

    public static string Words(ConnectionFailureType type) => type switch
    {
        ConnectionFailureType.AuthenticationFailure => NoEntry,
        ConnectionFailureType.Loading => Loads,
        ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure => "has closed the connection",
        ConnectionFailureType.ProtocolFailure or ConnectionFailureType.ResponseIntegrityFailure => "says what is not Redis' protocol",
        _ => "cannot be reached",
    };

    /// <param name="session">Null: there is none yet.</param>
    public static StoreUnavailableException Tell(Exception failed, RedisSession? session) =>
        new(session is null ? $"Redis cannot be used: {Short(failed.Message)}." : $"Redis at {session.Where} {Say(failed, session)}.", failed);

    /// <summary>The user or the password is not taken.</summary>
    public static bool IsNoEntry(ConnectionFailure failure) => failure.Type == ConnectionFailureType.AuthenticationFailure || IsNoEntry(failure.Reason);

    private static string Say(Exception failed, RedisSession session)
    {
        if (failed is RedisServerException { Message: var words }) return SayRefusal(words);
        if (IsNoEntry(failed) || (session.Failure is { } known && IsNoEntry(known))) return NoEntry;

        var connected = session.Connected;
        if (connected.Count > 0 && connected.All(server => server.IsReplica)) return session.Failure is null ? IsReplica : "has no primary now: only replicas of it can be reached";
        if (connected.Count == 0 && session.Service is { } service) return $"names no primary of the service '{service}' that can be reached (Sentinel)";
        if (connected.Count == 0 && session.Failure is { } failure) return Words(failure.Type);
        if (failed is RedisConnectionException { FailureType: var type }) return Words(type);
        if (connected.Count == 0) return Words(ConnectionFailureType.UnableToConnect);
        return failed is TimeoutException ? string.Create(CultureInfo.InvariantCulture, $"did not answer within {session.Patience.TotalSeconds} s") : $"failed: {Short(failed.Message)}";
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
    public static bool IsNoEntry(Exception? failed)
    {
        for (var cause = failed; cause is not null; cause = cause.InnerException)
        {
            if (cause is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }) return true;
            if (cause.Message.Contains("WRONGPASS", StringComparison.Ordinal) || cause.Message.Contains("NOAUTH", StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static string Short(string text)
    {
        text = text.ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length > LongestReason ? text[..LongestReason] : text;
    }
}
