using System.Net.Sockets;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>What an error of the database means for whoever runs it. Never with the connection string.</summary>
internal sealed class DatabaseErrors(NpgsqlConnectionStringBuilder settings, string schema)
{
    private const string Key = "Acme:Store:PostgreSql:ConnectionString";

    private readonly string _where = $"PostgreSQL at {settings.Host}{(settings.Host!.Contains(',', StringComparison.Ordinal) || settings.Host.Contains(':', StringComparison.Ordinal) ? "" : $":{settings.Port}")}, database '{settings.Database ?? settings.Username}',";
    private readonly string _role = settings.Username ?? "";

    /// <summary>The connection is of no use any more, and others in the pool are not either.</summary>
    public static bool IsBroken(Exception failed) => failed switch
    {
        PostgresException { SqlState: var state } => IsEndOfServer(state),
        NpgsqlException { InnerException: IOException or SocketException } => true,
        _ => false,
    };

    /// <summary>Null: it is not about the database.</summary>
    public StoreUnavailableException? Explain(Exception failed) => failed switch
    {
        PostgresException refused => Unavailable(Meaning(refused), failed),
        NpgsqlException { InnerException: TimeoutException } when failed.Message.Contains("pool", StringComparison.Ordinal) => Unavailable("has no connection left for this process: Maximum Pool Size of the connection string is reached", failed),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => Unavailable("did not answer in time; whether something was changed is not known", failed),
        NpgsqlException { InnerException: SocketException socket } => Unavailable($"cannot be reached: {socket.Message}", failed),
        NpgsqlException { InnerException: { } inner } => Unavailable($"cannot be used: {failed.Message.TrimEnd('.')}: {inner.Message}", failed),
        NpgsqlException or SocketException or IOException => Unavailable($"cannot be used: {failed.Message}", failed),
        _ => null,
    };

    private static bool IsEndOfServer(string state) => state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow;

    private StoreUnavailableException Unavailable(string what, Exception failed) => new($"{_where} {what.TrimEnd('.')}.", failed);

    private string Meaning(PostgresException refused) => refused.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => $"does not let the role '{_role}' in ({refused.MessageText}): see {Key} and the server's pg_hba.conf",
        PostgresErrorCodes.InvalidCatalogName => $"has no such database ({Key})",
        PostgresErrorCodes.TooManyConnections => "has no connection left: raise its max_connections, or lower Maximum Pool Size in the connection strings of those who use it",
        PostgresErrorCodes.DiskFull => $"has no room left on its disk ({refused.MessageText})",
        PostgresErrorCodes.OutOfMemory => $"has no memory left ({refused.MessageText})",
        PostgresErrorCodes.ReadOnlySqlTransaction => $"is read-only: it is a standby, or default_transaction_read_only is on. {Key} is to name the primary",
        PostgresErrorCodes.AdminShutdown => "ends its connections: it is being stopped or started anew",
        PostgresErrorCodes.CrashShutdown => "ends its connections: another process of it has crashed",
        PostgresErrorCodes.CannotConnectNow => $"takes no connections now ({refused.MessageText})",
        PostgresErrorCodes.InsufficientPrivilege => $"denies the role '{_role}' a right in the schema '{schema}' ({refused.MessageText}): docs/postgresql.md says which ones are needed, and how to make the schema beforehand",
        PostgresErrorCodes.QueryCanceled => $"has given up ({refused.MessageText}); nothing was changed",
        PostgresErrorCodes.LockNotAvailable => "is held up by another change, which does not end; nothing was changed",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction => $"has no longer what belongs to the schema '{schema}' ({refused.MessageText})",
        _ => $"says: {refused.MessageText} (SQLSTATE {refused.SqlState})",
    };
}
