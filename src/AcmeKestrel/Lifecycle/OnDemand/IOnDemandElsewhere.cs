using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>The port through which a process that has not the state has names wished by the one that has it.</summary>
internal interface IOnDemandElsewhere
{
    /// <summary>It is wished when it returns.</summary>
    /// <exception cref="StoreUnavailableException">It is not; the message says why.</exception>
    Task WishAsync(string name, CancellationToken cancellationToken);

    /// <summary>Somebody came for these here; known there when it returns.</summary>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    Task TellVisitsAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);
}
