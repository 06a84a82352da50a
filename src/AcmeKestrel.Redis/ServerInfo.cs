namespace AcmeKestrel.Redis;

/// <summary>Reads what <c>INFO</c> answers. Pure.</summary>
internal static class ServerInfo
{
    /// <summary>The policy by which a server that is full throws away any key; null: it does not.</summary>
    public static string? FindEviction(string memory) =>
        Find(memory, "maxmemory_policy") is { } policy && policy.StartsWith("allkeys-", StringComparison.Ordinal) && Find(memory, "maxmemory") is not (null or "0") ? policy : null;

    /// <summary>What was written since the last snapshot goes with the process.</summary>
    public static bool HasNoLog(string persistence) => Find(persistence, "aof_enabled") == "0";

    private static string? Find(string info, string name) =>
        info.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith($"{name}:", StringComparison.Ordinal))?[(name.Length + 1)..];
}
