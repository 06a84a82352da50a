using AcmeKestrel;
using AcmeKestrel.PostgreSql;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The state in a PostgreSQL database.</summary>
public static class AcmePostgreSqlBuilderExtensions
{
    /// <summary>Adds the type <c>PostgreSql</c> of stores, which <c>Acme:Store:Type</c> may name. Calling it twice is harmless.</summary>
    /// <param name="builder">What <c>AddAcme()</c> returned.</param>
    public static IAcmeBuilder AddPostgreSql(this IAcmeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddStoreType("PostgreSql", Create);
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
