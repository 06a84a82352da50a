namespace AcmeKestrel.Certificates;

/// <summary>
/// Where a wish comes from, and which source wins where two wish the same label or host: the one with the smaller <see cref="Precedence"/>. The library's own are a thousand apart,
/// so that a source of your own finds its place between any two: <c>new AcmeWishSource("Consul", 3500)</c> stands above the API and below the files.
/// </summary>
public sealed record AcmeWishSource
{
    /// <summary>A source of your own.</summary>
    /// <param name="name">Names it in messages.</param>
    /// <param name="precedence">The smaller, the stronger. Two sources with the same number are told apart by their names, so that the result never depends on their order.</param>
    public AcmeWishSource(string name, int precedence)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        (Name, Precedence) = (name, precedence);
    }

    /// <summary>The configuration section <c>Acme</c>: 1000.</summary>
    public static AcmeWishSource Options { get; } = new("Options", 1000);

    /// <summary>A file in <c>want/</c>: 2000.</summary>
    public static AcmeWishSource Want { get; } = new("Want", 2000);

    /// <summary>A file in <c>desired/</c>: 3000.</summary>
    public static AcmeWishSource Desired { get; } = new("Desired", 3000);

    /// <summary>A wish made at run time through the API: 4000.</summary>
    public static AcmeWishSource Api { get; } = new("Api", 4000);

    /// <summary>A host of a YARP route: 5000.</summary>
    public static AcmeWishSource Yarp { get; } = new("Yarp", 5000);

    /// <summary>A name that a handshake asked for: 6000.</summary>
    public static AcmeWishSource OnDemand { get; } = new("OnDemand", 6000);

    /// <summary>Names it in messages.</summary>
    public string Name { get; }

    /// <summary>The smaller, the stronger.</summary>
    public int Precedence { get; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
