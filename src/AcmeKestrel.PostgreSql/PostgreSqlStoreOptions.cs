namespace AcmeKestrel.PostgreSql;

/// <summary>Where a <see cref="PostgreSqlStore"/> keeps its records.</summary>
public sealed record PostgreSqlStoreOptions
{
    /// <summary>In the database that this names.</summary>
    /// <param name="connectionString">As Npgsql reads it: <c>Host=…;Database=…;Username=…;Password=…</c>. What it does not say of time-outs and the pool, the store sets for itself.</param>
    public PostgreSqlStoreOptions(AcmeSecret connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        ConnectionString = connectionString;
    }

    /// <summary>The database. From a file it is read when the store first connects, and again after the server refused who is named there: a password can be changed while the application runs.</summary>
    public AcmeSecret ConnectionString { get; init; }

    /// <summary>The schema, which is the store's own: a lower-case letter or an underscore, then such, digits too, at most 40 characters.</summary>
    public string Schema { get; init; } = "acme";
}
