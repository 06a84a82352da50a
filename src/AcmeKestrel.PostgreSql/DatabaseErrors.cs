using System.Net.Sockets;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>What an error of the database means for whoever runs it. Never with the connection string.</summary>
internal sealed class DatabaseErrors(string schema)
{
    public const string Key = $"Acme:Store:PostgreSql:{ConnectionSettings.Key}";

    /// <summary>The connection is of no use any more, and others in the pool are not either.</summary>
    public static bool IsBroken(Exception failed) => failed switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => true,
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => false,
    };

    /// <summary>Nobody has answered.</summary>
    public static bool IsSilence(Exception failed) => failed is NpgsqlException { InnerException: TimeoutException } or TimeoutException;

    /// <summary>The server does not let the role in.</summary>
    public static bool IsRefused(Exception failed) => failed is PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification };

    /// <summary>The schema is not, or no longer, there.</summary>
    public static bool IsUnmade(Exception failed) => failed is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction };

    /// <summary>Null: it is not about the database.</summary>
    public StoreUnavailableException? Explain(Exception failed, NpgsqlConnectionStringBuilder settings)
    {
        var what = failed switch
        {
            PostgresException refused => Meaning(refused, settings.Username ?? ""),
            NpgsqlException { InnerException: TimeoutException } when failed.Message.Contains("pool", StringComparison.Ordinal) => "has no connection left for this process: Maximum Pool Size of the connection string is reached",
            _ when IsSilence(failed) => "did not answer in time; whether something was changed is not known",
            NpgsqlException { InnerException: SocketException socket } => $"cannot be reached: {socket.Message}",
            NpgsqlException { InnerException: { } inner } => $"cannot be used: {failed.Message.TrimEnd('.')}: {inner.Message}",
            NpgsqlException or SocketException or IOException => $"cannot be used: {failed.Message}",
            _ => null,
        };
        return what is null ? null : new StoreUnavailableException($"PostgreSQL at {Place(settings)} {what.TrimEnd('.')}.", failed);
    }

    private static string Place(NpgsqlConnectionStringBuilder settings)
    {
        var hasPorts = settings.Host!.Contains(',', StringComparison.Ordinal) || settings.Host.Contains(':', StringComparison.Ordinal);
        return $"{settings.Host}{(hasPorts ? "" : $":{settings.Port}")} (database '{settings.Database ?? settings.Username}')";
    }

    private string Meaning(PostgresException refused, string role) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"does not let the role '{role}' in ({refused.MessageText}): see {Key} and the server's pg_hba.conf",
        PostgresErrorCodes.InvalidCatalogName => $"has no such database ({Key})",
        PostgresErrorCodes.TooManyConnections => $"has no connection left ({refused.MessageText}): raise its max_connections, or lower Maximum Pool Size in the connection strings of those who use it",
        PostgresErrorCodes.DiskFull => $"has no room left on its disk ({refused.MessageText})",
        PostgresErrorCodes.OutOfMemory => $"has no memory left ({refused.MessageText})",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"is read-only: it is a standby, or default_transaction_read_only is on. {Key} is to name the primary",
        PostgresErrorCodes.AdminShutdown => "ends its connections: it is being stopped or started anew",
        PostgresErrorCodes.CrashShutdown => "ends its connections: another process of it has crashed",
        PostgresErrorCodes.CannotConnectNow => $"takes no connections now ({refused.MessageText})",
        PostgresErrorCodes.InsufficientPrivilege => $"denies the role '{role}' a right that the schema '{schema}' needs ({refused.MessageText}): docs/postgresql.md says which, and how to make the schema beforehand",
        PostgresErrorCodes.QueryCanceled => $"has given up ({refused.MessageText}); nothing was changed",
        PostgresErrorCodes.LockNotAvailable => "is held up by another change, which does not end; nothing was changed",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction => $"has no longer what belongs to the schema '{schema}' ({refused.MessageText})",
        _ => $"says: {refused.MessageText} (SQLSTATE {refused.SqlState})",
    };
}
