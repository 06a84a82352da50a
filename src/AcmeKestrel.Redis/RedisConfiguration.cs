using StackExchange.Redis;

namespace AcmeKestrel.Redis;

/// <summary>Reads a configuration in the words of StackExchange.Redis. It may hold a password, so what is wrong with it is told without quoting it.</summary>
internal static class RedisConfiguration
{
    /// <exception cref="RedisCommandException">It is none.</exception>
    public static ConfigurationOptions Parse(string text) => FindProblem(text) is { } problem ? throw new RedisCommandException($"the configuration {problem}") : ConfigurationOptions.Parse(text);

    /// <summary>The rest of a sentence that begins with its key; null: it is a configuration.</summary>
    public static string? FindProblem(string text)
    {
        if (TryParse(text) is { } options) return options.EndPoints.Count > 0 ? null : "names no server, such as redis.example.com:6379.";

        var wrong = Array.FindIndex(text.Split(','), part => TryParse(part) is null) + 1;
        return $"is no configuration of StackExchange.Redis, such as redis.example.com:6379,user=acme,password=secret{(wrong > 0 ? $": part {wrong} of those between its commas is unknown, or has no such value" : "")}.";
    }

    private static ConfigurationOptions? TryParse(string text)
    {
        try
        {
            return ConfigurationOptions.Parse(text);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }
}
