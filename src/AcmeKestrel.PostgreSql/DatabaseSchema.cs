using AcmeKestrel.Storage;
using Npgsql;
using NpgsqlTypes;

namespace AcmeKestrel.PostgreSql;

/// <summary>Makes the tables and procedures, and brings those of an older version up to this one.</summary>
internal sealed class DatabaseSchema
{
    /// <summary>The first one makes version 1 of nothing; each that follows brings the version before it to its own.</summary>
    public static readonly IReadOnlyList<string> Scripts = [Script("1.sql")];

    public const string NoName = "no name of a schema: a lower-case letter or an underscore, then such and digits, at most 40";

    private const int LongestName = 40;

    private readonly IReadOnlyList<string> _scripts;

    /// <param name="name">Of the schema.</param>
    /// <param name="scripts">Those of a version of AcmeKestrel; null: of this one.</param>
    public DatabaseSchema(string name, IReadOnlyList<string>? scripts = null)
    {
        Name = IsName(name) ? name : throw new ArgumentException($"'{name}' is {NoName}.", nameof(name));
        _scripts = scripts ?? Scripts;
    }

    public string Name { get; }

    private int Version => _scripts.Count;

    /// <summary>The statement for this schema. Quoted: its name may be a word of SQL.</summary>
    public string Localize(string statement) => statement.Replace("acme.", $"\"{Name}\".", StringComparison.Ordinal).Replace("acme:", $"{Name}:", StringComparison.Ordinal);

    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');

    /// <exception cref="StoreUnavailableException">It is of a version that this one does not know, or the database cannot hold every name.</exception>
    public async Task MakeAsync(NpgsqlConnection connection, string patience, CancellationToken cancellationToken)
    {
        if (await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false) == Version) return;

        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        await AskAsync(connection, "SELECT set_config('lock_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)", patience, cancellationToken).ConfigureAwait(false);
        await AskAsync(connection, "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", $"AcmeKestrel {Name}", cancellationToken).ConfigureAwait(false);

        // Others may have been first.
        var found = await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (found == Version) return;

        if (await AskAsync(connection, "SELECT current_setting('server_encoding')", null, cancellationToken).ConfigureAwait(false) is string encoding and not "UTF8")
        {
            throw new StoreUnavailableException($"The database has the encoding {encoding}, which cannot hold every name: make one with ENCODING 'UTF8'.");
        }

        if (found == 0 && await AskAsync(connection, "SELECT 1 FROM pg_namespace WHERE nspname = $1", Name, cancellationToken).ConfigureAwait(false) is null)
        {
            await AskAsync(connection, $"CREATE SCHEMA \"{Name}\"", null, cancellationToken).ConfigureAwait(false);
        }

        foreach (var script in _scripts.Skip(found)) await AskAsync(connection, Localize(script), null, cancellationToken).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>0: there is none.</summary>
    private async Task<int> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await AskAsync(connection, "SELECT 1 FROM pg_class WHERE relname = 'about' AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)", Name, cancellationToken).ConfigureAwait(false) is null) return 0;

        var found = await AskAsync(connection, Localize("SELECT max(version) FROM acme.about"), null, cancellationToken).ConfigureAwait(false) as int? ?? 0;
        return found <= Version ? found : throw new StoreUnavailableException($"The schema '{Name}' is of version {found}, which a newer AcmeKestrel has made; this one knows {Version} and leaves it alone.");
    }

    private static string Script(string resource)
    {
        using var stream = typeof(DatabaseSchema).Assembly.GetManifestResourceStream(resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string statement, string? argument, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(statement, connection);
        await using var ending = command.ConfigureAwait(false);
        if (argument is not null) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Text, Value = argument });
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }
}
