using AcmeKestrel;
using AcmeKestrel.PostgreSql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The state in a PostgreSQL database.</summary>
public static class AcmePostgreSqlBuilderExtensions
{
    private const string Type = "PostgreSql";

    /// <summary>Adds the type <c>PostgreSql</c> of stores, which <c>Acme:Store:Type</c> may name. Calling it twice is harmless.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddPostgreSql(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreType(Type, Create);
    }

    /// <summary>Keeps the state in PostgreSQL, whatever <c>Acme:Store:Type</c> says.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    /// <param name="connectionString">As Npgsql reads it; null: <c>Acme:Store:PostgreSql:ConnectionString</c> says it.</param>
    public static IAcmeBuilder UsePostgreSql(this IAcmeBuilder builder, string? connectionString = null)
    {
        builder.AddPostgreSql();
        builder.Services.Configure<AcmeOptions>(options =>
        {
            options.Store ??= new AcmeStoreOptions();
            options.Store.Type = Type;
            if (connectionString is not null) options.Store.PostgreSql = new Dictionary<string, string?>(options.Store.PostgreSql ?? [], StringComparer.OrdinalIgnoreCase) { [ConnectionSettings.Key] = connectionString };
        });
        return builder;
    }

    private static PostgreSqlStore Create(AcmeComponentConfiguration configuration, IServiceProvider services)
    {
        var options = new PostgreSqlStoreOptions(configuration.ReadSecret(ConnectionSettings.Key));
        if (configuration.Find(ConnectionSettings.Key) is { } said && ConnectionSettings.FindFault(said) is { } fault) configuration.Refuse(ConnectionSettings.Key, fault);
        if (configuration.Find(nameof(options.Schema)) is { } schema)
        {
            if (DatabaseSchema.IsName(schema)) options = options with { Schema = schema };
            else configuration.Refuse(nameof(options.Schema), $"'{schema}' is {DatabaseSchema.NoName}.");
        }

        return new PostgreSqlStore(options, services.GetService<TimeProvider>());
    }
}
