using System.Net;

namespace AcmeKestrel;

/// <summary>Somebody came for a name that nobody wished.</summary>
public sealed class AcmeOnDemandVisit
{
    /// <summary>A visit, for tests of a permission.</summary>
    /// <param name="name">In A-labels, lower case, without a trailing dot.</param>
    public AcmeOnDemandVisit(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
    }

    /// <summary>The host name, in A-labels, lower case, without a trailing dot: never a wildcard, an address or a single label.</summary>
    public string Name { get; }

    /// <summary>Where the connection came from, that is a proxy's address where one is in front; null where nobody is waiting, as before a renewal.</summary>
    public IPAddress? RemoteAddress { get; init; }
}
