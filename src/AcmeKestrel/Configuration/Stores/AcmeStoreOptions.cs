namespace AcmeKestrel;

/// <summary>Where the state is kept: <c>Acme:Store</c>. Counts from the next start.</summary>
public sealed class AcmeStoreOptions
{
    /// <summary><c>Directory</c> (default): the state directory of this machine. <c>Redis</c>, <c>PostgreSql</c>: an engine that several machines share, where its package is added.</summary>
    public string? Type { get; set; }

    /// <summary><c>true</c>: private keys and other secret parts are encrypted by ASP.NET Core Data Protection before the store gets them. Default <c>false</c>.</summary>
    public string? ProtectSecrets { get; set; }

    /// <summary><c>true</c>: this machine keeps the newest certificates of an engine, encrypted by Data Protection, in its state directory, and serves them while the engine is away, after a restart, too. Default <c>false</c>.</summary>
    public string? Cache { get; set; }

    /// <summary>How long the right to order outlives a machine that dies with it, as <c>hours:minutes:seconds</c>: so long the others wait. From 5 seconds to 5 minutes, the same on all machines; default <c>00:00:30</c>. For engines.</summary>
    public string? LeaseDuration { get; set; }

    /// <summary>The keys of the type <c>Redis</c>, which are the package's own.</summary>
    public Dictionary<string, string?>? Redis { get; set; }

    /// <summary>The keys of the type <c>PostgreSql</c>, which are the package's own.</summary>
    public Dictionary<string, string?>? PostgreSql { get; set; }
}
