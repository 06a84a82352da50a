using System.Data;
using System.Diagnostics.CodeAnalysis;
using AcmeKestrel.Storage;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>Asks the database. Whatever it cannot do is a <see cref="StoreUnavailableException"/>. Statements name the schema <c>acme</c>, whatever it is called.</summary>
internal sealed class Database(PostgreSqlStoreOptions options) : IAsyncDisposable, IDisposable
{
    private readonly DatabaseSchema _schema = new(options.Schema);
    private readonly DatabaseErrors _errors = new(options.Schema);
    private readonly SemaphoreSlim _making = new(1, 1);
    private readonly Lock _gate = new();
    private readonly List<Connections> _former = [];
    private (string ConnectionString, Connections Pools)? _current;
    private volatile bool _isDoubted;
    private volatile bool _isReady;
    private bool _isDisposed;

    /// <summary>Asks for rows. Once more where the connection was a dead one: the server may have been started anew since it was last used.</summary>
    public async Task<List<T>> ReadAsync<T>(string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var connections = Connect();
        try
        {
            return await AskAsync(connections, statement, arguments, row, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException broken) when (DatabaseErrors.IsBroken(broken))
        {
            connections.Statements.Clear();
        }
        catch (Exception failed) when (Explains(failed, connections, out var unavailable))
        {
            throw unavailable;
        }

        return await AskOnceAsync(connections, statement, arguments, row, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Has a procedure do what is not to be done twice; how long it waits for others is its last argument.</summary>
    public async Task<T> CallAsync<T>(string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var connections = Connect();
        return (await AskOnceAsync(connections, statement, [.. arguments, connections.Patience], row, cancellationToken).ConfigureAwait(false)).Single();
    }

    /// <summary>A connection that is subscribed to the feed of this schema.</summary>
    public async ValueTask<NpgsqlConnection> ListenAsync(NotificationEventHandler notified, CancellationToken cancellationToken)
    {
        var connection = await Connect().Listening.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
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
        foreach (var connections in End()) await connections.DisposeAsync().ConfigureAwait(false);
        _making.Dispose();
    }

    public void Dispose()
    {
        foreach (var connections in End()) connections.Dispose();
        _making.Dispose();
    }

    /// <summary>The connection string is read again where the server has refused what it names: an operator may have changed it.</summary>
    private Connections Connect()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_current is { Pools: var known } && !_isDoubted) return known;

            try
            {
                var said = options.ConnectionString.Read();
                if (_current?.ConnectionString != said)
                {
                    // Others may still be using it.
                    if (_current is { Pools: var former }) _former.Add(former);
                    _current = (said, new Connections(ConnectionSettings.Read(said)));
                }
            }
            catch (AcmeSecretException unreadable)
            {
                throw new StoreUnavailableException($"{DatabaseErrors.Key}: {unreadable.Message}", unreadable);
            }
            catch (FormatException fault)
            {
                throw new StoreUnavailableException($"{DatabaseErrors.Key} {fault.Message}", fault);
            }

            _isDoubted = false;
            return _current.Value.Pools;
        }
    }

    private List<Connections> End()
    {
        lock (_gate)
        {
            _isDisposed = true;
            return _current is { Pools: var last } ? [.. _former, last] : _former;
        }
    }

    private async Task<List<T>> AskOnceAsync<T>(Connections connections, string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(connections, statement, arguments, row, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failed) when (Explains(failed, connections, out var unavailable))
        {
            throw unavailable;
        }
    }

    private async Task<List<T>> AskAsync<T>(Connections connections, string statement, Argument[] arguments, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        var connection = await connections.Statements.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        if (!_isReady) await MakeReadyAsync(connection, connections.Patience, cancellationToken).ConfigureAwait(false);

        var command = new NpgsqlCommand(_schema.Localize(statement), connection);
        await using var ending = command.ConfigureAwait(false);
        foreach (var (type, value) in arguments) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value ?? DBNull.Value });
        var reader = await command.ExecuteReaderAsync(CommandBehavior.SingleResult, cancellationToken).ConfigureAwait(false);
        await using var reading = reader.ConfigureAwait(false);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false)) rows.Add(row(reader));
        return rows;
    }

    private async Task MakeReadyAsync(NpgsqlConnection connection, string patience, CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady) await _schema.MakeAsync(connection, patience, cancellationToken).ConfigureAwait(false);
            _isReady = true;
        }
        finally
        {
            _making.Release();
        }
    }

    private bool Explains(Exception failed, Connections connections, [NotNullWhen(true)] out StoreUnavailableException? unavailable)
    {
        unavailable = _errors.Explain(failed, connections.Settings);
        if (unavailable is null) return false;

        // The others in the pool are as dead, or as forgotten by what stands between.
        if (DatabaseErrors.IsBroken(failed) || DatabaseErrors.IsSilence(failed)) connections.Statements.Clear();
        if (DatabaseErrors.IsRefused(failed)) _isDoubted = true;

        // What it needs is gone: the next call makes it anew, or says why it cannot.
        if (DatabaseErrors.IsUnmade(failed)) _isReady = false;
        return true;
    }
}
