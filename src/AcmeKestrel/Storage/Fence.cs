namespace AcmeKestrel.Storage;

/// <summary>Proof of a lease; a store refuses a write with a smaller token than it has seen for the resource, and an engine that several machines share one with any but the last token, or whose lease has ended.</summary>
public readonly record struct Fence
{
    /// <summary>A store makes one when it gives a lease.</summary>
    public Fence(string resource, long token)
    {
        ArgumentNullException.ThrowIfNull(resource);
        (Resource, Token) = (resource, token);
    }

    /// <summary>What is leased.</summary>
    public string Resource { get; }

    /// <summary>Greater than that of every earlier lease of the resource.</summary>
    public long Token { get; }
}
