using System.Globalization;
using Npgsql;

namespace AcmeKestrel.PostgreSql;

/// <summary>The pools of one connection string: one for statements, and one connection that listens, since a subscription belongs to a session.</summary>
internal sealed class Connections : IAsyncDisposable, IDisposable
{
    /// <exception cref="FormatException">The settings do not go together; the rest of a sentence that begins with their key.</exception>
    public Connections(NpgsqlConnectionStringBuilder settings)
    {
        Settings = settings;
        Statements = Build(settings);
        Listening = Build(ConnectionSettings.ForListening(settings));
    }

    public NpgsqlConnectionStringBuilder Settings { get; }

    public NpgsqlDataSource Statements { get; }

    public NpgsqlDataSource Listening { get; }

    /// <summary>So many milliseconds a change waits for the locks of others: the server gives up before the client does, and then it is known that nothing was changed.</summary>
    public string Patience => (Settings.CommandTimeout * 800).ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await Statements.DisposeAsync().ConfigureAwait(false);
        await Listening.DisposeAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        Statements.Dispose();
        Listening.Dispose();
    }

    private static NpgsqlDataSource Build(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlSlimDataSourceBuilder(settings.ConnectionString);
        builder.EnableArrays();
        builder.EnableTransportSecurity();
        builder.EnableIntegratedSecurity();
        try
        {
            return builder.Build();
        }
        catch (NotSupportedException)
        {
            // Its words name the key that Npgsql writes, and none of the values.
            throw new FormatException("says 'Target Session Attributes', which is for several hosts (Host=db1,db2), and names one: leave it out.");
        }
        catch (ArgumentException)
        {
            throw new FormatException("has settings that do not go together, such as a 'Minimum Pool Size' above the 'Maximum Pool Size', which is 10 unless it is set.");
        }
    }
}
