namespace AcmeKestrel;

/// <summary>Where the state is kept: <c>Acme:Store</c>. Counts from the next start.</summary>
public sealed class AcmeStoreOptions
{
    /// <summary><c>Directory</c> (default): the state directory of this machine. <c>Redis</c>, <c>PostgreSql</c>: an engine that several machines share, where its package is added.</summary>
    public string? Type { get; set; }

    /// <summary><c>true</c>: private keys and other secret parts are encrypted by ASP.NET Core Data Protection before the store gets them. Default <c>false</c>.</summary>
    public string? ProtectSecrets { get; set; }

    /// <summary>The keys of the type <c>Redis</c>, which are the package's own.</summary>
    public Dictionary<string, string?>? Redis { get; set; }

    /// <summary>The keys of the type <c>PostgreSql</c>, which are the package's own.</summary>
    public Dictionary<string, string?>? PostgreSql { get; set; }
}
