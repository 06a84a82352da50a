using System.Data;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace AcmeKestrel.PostgreSql;

/// <summary>A value that a statement takes, by its place.</summary>
internal readonly record struct Argument(NpgsqlDbType Type, object? Value)
{
    public static implicit operator Argument(string? text) => new(NpgsqlDbType.Text, text);

    public static implicit operator Argument(long? number) => new(NpgsqlDbType.Bigint, number);

    public static implicit operator Argument(byte[]? bytes) => new(NpgsqlDbType.Bytea, bytes);
}

/// <summary>Asks the database. Whatever it cannot do is a <see cref="AcmeKestrel.Storage.StoreUnavailableException"/>. Statements name the schema <c>acme</c>, whatever it is called.</summary>
internal sealed class Database : IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly NpgsqlDataSource _listening;
    private readonly DatabaseErrors _errors;
    private readonly DatabaseSchema _schema;
    private readonly SemaphoreSlim _making = new(1, 1);
    private readonly int _commandTimeout;
    private volatile bool _isReady;

    public Database(PostgreSqlStoreOptions options)
    {
        var settings = ConnectionSettings.Read(options.ConnectionString);
        _commandTimeout = settings.CommandTimeout;
        _errors = new DatabaseErrors(settings, options.Schema);
        _schema = new DatabaseSchema(options.Schema, Patience);
        _source = Build(settings);
        _listening = Build(ConnectionSettings.ForListening(settings));
    }

    /// <summary>So many milliseconds a change waits for the locks of others: the server gives up before the client does, and then it is known that nothing was changed.</summary>
    public string Patience => (_commandTimeout == 0 ? 0 : _commandTimeout * 800).ToString(CultureInfo.InvariantCulture);

    /// <summary>Asks for rows. Once more where the connection was a dead one: the server may have been started anew since it was last used.</summary>
    public async Task<List<T>> ReadAsync<T>(string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(statement, arguments, row, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException broken) when (DatabaseErrors.IsBroken(broken))
        {
            _source.Clear();
        }
        catch (Exception failed) when (Explains(failed, out var unavailable))
        {
            throw unavailable;
        }

        return await CallAsync(statement, arguments, row, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks for something that is not to be done twice.</summary>
    public async Task<List<T>> CallAsync<T>(string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(statement, arguments, row, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (Explains(failed, out var unavailable))
        {
            // The others in the pool are as dead.
            if (DatabaseErrors.IsBroken(failed)) _source.Clear();
            throw unavailable;
        }
    }

    /// <summary>A connection that is subscribed to the feed of this schema; its own, since a subscription belongs to a session.</summary>
    public async ValueTask<NpgsqlConnection> ListenAsync(NotificationEventHandler notified, CancellationToken cancellationToken)
    {
        var connection = await _listening.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            connection.Notification += notified;
            var command = new NpgsqlCommand($"LISTEN \"{_schema.Name}:change\"", connection);
            await using (command.ConfigureAwait(false)) await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        await _listening.DisposeAsync().ConfigureAwait(false);
        _making.Dispose();
    }

    public void Dispose()
    {
        _source.Dispose();
        _listening.Dispose();
        _making.Dispose();
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        return builder.Build();
    }

    private async Task<List<T>> AskAsync<T>(string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        if (!_isReady) await MakeReadyAsync(connection, cancellationToken).ConfigureAwait(false);

        var command = new NpgsqlCommand(_schema.Localize(statement), connection);
        await using var ending = command.ConfigureAwait(false);
        foreach (var (type, value) in arguments) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken).ConfigureAwait(false);
        await using var reading = reader.ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(row(reader));
        return rows;
    }

    private async Task MakeReadyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady) await _schema.MakeAsync(connection, cancellationToken).ConfigureAwait(false);
            _isReady = true;
        }
        finally
        {
            _making.Release();
        }
    }

    private bool Explains(Exception failed, out AcmeKestrel.Storage.StoreUnavailableException unavailable)
    {
        unavailable = _errors.Explain(failed)!;
        if (unavailable is null) return false;

        // It is gone: the next call makes it anew, or says why it cannot.
        if (failed is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName or PostgresErrorCodes.UndefinedFunction }) _isReady = false;
        return true;
    }
}
