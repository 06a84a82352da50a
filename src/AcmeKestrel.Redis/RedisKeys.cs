using AcmeKestrel.Storage;
using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>
/// The names of everything that a store has in Redis. The braces put them into one hash slot of a cluster, so that one script may touch them all. None of them expires by itself: whatever ends is compared with the server's clock.
/// </summary>
internal sealed class RedisKeys
{
    public const string DefaultPrefix = "acme";

    /// <summary>The rest of a sentence.</summary>
    public const string NoPrefix = "is no prefix of keys: 1 to 100 letters, digits, dots, colons, underscores and hyphens";

    private readonly string _prefix;

    public RedisKeys(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        if (!IsPrefix(prefix)) throw new ArgumentException($"'{prefix}' {NoPrefix}.", nameof(prefix));
        _prefix = $"{{{prefix}}}:";
        (Leases, Feed, Channel) = (_prefix + "leases", _prefix + "feed", _prefix + "changed");
    }

    /// <summary>A hash: of each resource that is leased the token, the end in microseconds of the server's clock, and the owner; and under no name the last token that was given out.</summary>
    public RedisKey Leases { get; }

    /// <summary>A stream of bounded length: which records were written and deleted.</summary>
    public RedisKey Feed { get; }

    /// <summary>A channel: there is more in the feed.</summary>
    public string Channel { get; }

    /// <summary>A hash: the version, and the parts.</summary>
    public RedisKey Record(RecordKey key) => $"{_prefix}record:{key.Kind}/{key.Name}";

    /// <summary>A sorted set without scores, which is in the order of the names' bytes.</summary>
    public RedisKey Names(RecordKind kind) => $"{_prefix}names:{kind}";

    public static bool IsPrefix(string prefix) => prefix.Length is > 0 and <= 100 && prefix.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or ':' or '_' or '-');
}
