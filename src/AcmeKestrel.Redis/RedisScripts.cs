namespace AcmeKestrel.Redis;

/// <summary>
/// What the server does in one step. A command that needs memory comes first wherever something is written: a server that is full refuses a script's first such command, and none after it. What is removed comes first instead, so that a full server can be emptied.
/// The numbers are microseconds since 1970, which Lua's numbers hold exactly until 2255.
/// </summary>
internal static class RedisScripts
{
    /// <summary>A lease stands while its token is the last one of its resource and its time has not passed by the server's clock.</summary>
    private const string Common =
        """
        local function now()
          local time = redis.call('TIME')
          return time[1] * 1000000 + time[2]
        end
        local function lease(resource)
          local held = redis.call('HGET', KEYS[1], resource)
          if not held then return nil end
          local token, till, owner = string.match(held, '^(%d+) (%d+) (.*)$')
          return token, tonumber(till), owner
        end

        """;

    /// <summary>Refuses where the lease does not stand, or the record is at another version. KEYS: leases, record, names, feed. ARGV: resource, token or nothing, '*' or '=' and the version, the record's key, name, the new mark, channel, length of the feed.</summary>
    private const string Conditions = Common +
        """
        if ARGV[2] ~= '' then
          local token, till = lease(ARGV[1])
          if token ~= ARGV[2] or till <= now() then return {'fence', token or ''} end
        end
        local found = redis.call('TYPE', KEYS[2]).ok == 'hash' and redis.call('HGET', KEYS[2], 'version') or ''
        local function told(what)
          local id = redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[8], '*', what, ARGV[4], 'mark', ARGV[6])
          redis.pcall('PUBLISH', ARGV[7], id)
          return {'done', id}
        end

        """;

    /// <summary>After those of the conditions: fields and values of the record.</summary>
    public const string Write = Conditions +
        """
        if ARGV[3] ~= '*' and ARGV[3] ~= '=' .. found then return {'version', found} end
        local answer = told('written')
        redis.call('DEL', KEYS[2])
        redis.call('HSET', KEYS[2], 'version', ARGV[6])
        for i = 9, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
        redis.call('ZADD', KEYS[3], 0, ARGV[5])
        return answer
        """;

    /// <summary>A record whose content is gone though nobody removed it is there until it is removed.</summary>
    public const string Delete = Conditions +
        """
        if redis.call('EXISTS', KEYS[2]) == 0 and not redis.call('ZSCORE', KEYS[3], ARGV[5]) then return {'none', ''} end
        if ARGV[3] ~= '*' and ARGV[3] ~= '=' .. found then return {'version', found} end
        redis.call('DEL', KEYS[2])
        redis.call('ZREM', KEYS[3], ARGV[5])
        return told('deleted')
        """;

    /// <summary>KEYS: record, names. ARGV: name. The record's fields; one word where its name is known and its content is gone, or is none of a record.</summary>
    public const string Read =
        """
        local type = redis.call('TYPE', KEYS[1]).ok
        if type ~= 'hash' and type ~= 'none' then return {'other'} end
        local fields = redis.call('HGETALL', KEYS[1])
        if #fields == 0 and redis.call('ZSCORE', KEYS[2], ARGV[1]) then return {'lost'} end
        return fields
        """;

    /// <summary>
    /// KEYS: leases. ARGV: resource, owner, duration. The token, or nothing where another owner holds it. Tokens are the server's time, and never less than one more than the last: after a failover that lost the last ones they still differ from all that were given out.
    /// </summary>
    public const string Lease = Common +
        """
        local token, till, owner = lease(ARGV[1])
        local at = now()
        if token and till > at and owner ~= ARGV[2] then return false end
        local last = tonumber(redis.call('HGET', KEYS[1], '') or '0')
        local given = string.format('%.0f', math.max(last + 1, at))
        redis.call('HSET', KEYS[1], '', given, ARGV[1], given .. ' ' .. string.format('%.0f', at + ARGV[3]) .. ' ' .. ARGV[2])
        return given
        """;

    /// <summary>KEYS: leases. ARGV: resource, token, duration. 1 where the lease stood; it is not made shorter. What it was is removed first: whoever has it keeps it on a full server, too, and may remove what fills it.</summary>
    public const string Renew = Common +
        """
        local token, till, owner = lease(ARGV[1])
        local at = now()
        if token ~= ARGV[2] or till <= at then return 0 end
        redis.call('HDEL', KEYS[1], ARGV[1])
        redis.call('HSET', KEYS[1], ARGV[1], token .. ' ' .. string.format('%.0f', math.max(till, at + ARGV[3])) .. ' ' .. owner)
        return 1
        """;

    /// <summary>KEYS: leases. ARGV: resource, token.</summary>
    public const string Release = Common +
        """
        if lease(ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
        return 1
        """;

    /// <summary>KEYS: feed. ARGV: a mark. The last entry of the feed, which has one from then on: a position is an entry.</summary>
    public const string Newest =
        """
        local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
        if #last > 0 then return last[1] end
        return {redis.call('XADD', KEYS[1], '*', 'opened', '', 'mark', ARGV[1]), {'mark', ARGV[1]}}
        """;
}
