using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>What is asked of Npgsql: what the operator says, else what suits a store, and what it cannot do without.</summary>
internal static class ConnectionSettings
{
    public const string Key = "ConnectionString";

    /// <summary>A server that stands still makes a call fail while there is time left to renew a lease over another connection; a server's 100 connections are enough for several nodes and whatever else uses it.</summary>
    private const string Defaults = "Application Name=AcmeKestrel;Timeout=5;Command Timeout=5;Maximum Pool Size=10;";

    /// <summary>The rest of a sentence that begins with the key, without a word of the value; null: it is a connection string.</summary>
    public static string? FindFault(string connectionString)
    {
        try
        {
            using var connections = new Connections(Read(connectionString));
            return null;
        }
        catch (FormatException fault)
        {
            return fault.Message;
        }
    }

    /// <exception cref="FormatException">It is none.</exception>
    public static NpgsqlConnectionStringBuilder Read(string connectionString)
    {
        var settings = Parse(connectionString);
        if (string.IsNullOrWhiteSpace(settings.Host)) throw new FormatException("names no Host.");
        if (settings.CommandTimeout == 0) throw ForEver("Command Timeout");
        if (settings.Timeout == 0) throw ForEver("Timeout");
        if (settings.CancellationTimeout == 0) throw ForEver("Cancellation Timeout", "milliseconds");

        // Nothing that the store does belongs to a transaction of the application, and it leaves nothing behind in a session: poolers may give each statement another one.
        settings.Enlist = false;
        settings.Multiplexing = false;
        settings.NoResetOnClose = true;
        settings.PersistSecurityInfo = false;
        settings.IncludeErrorDetail = false;
        settings.LogParameters = false;
        if (settings.Host.Contains(',', StringComparison.Ordinal) && settings.TargetSessionAttributes is null) settings.TargetSessionAttributes = "primary";
        return settings;
    }

    /// <summary>One connection that waits: it asks now and then whether the server is still there.</summary>
    public static NpgsqlConnectionStringBuilder ForListening(NpgsqlConnectionStringBuilder settings) =>
        new(settings.ConnectionString) { KeepAlive = 30, MinPoolSize = 0, MaxPoolSize = 1 };

    /// <summary>Whoever waits for a server that stands still does nothing else, also when it is back.</summary>
    private static FormatException ForEver(string key, string unit = "seconds") => new($"says '{key}=0', which is for ever: say {unit}, or leave it out.");

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(Defaults + connectionString);
        }
        catch (Exception malformed) when (malformed is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw new FormatException("is no connection string of Npgsql, such as 'Host=db.example.com;Database=acme;Username=acme;Password=...'.");
        }
    }
}
