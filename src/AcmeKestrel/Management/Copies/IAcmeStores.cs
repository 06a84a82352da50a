namespace AcmeKestrel;

/// <summary>The stores that the configuration has keys for, whichever of them keeps the state now.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions. A fake of your own in a test then needs the new member, too.</remarks>
public interface IAcmeStores
{
    /// <summary>What <c>Acme:Store:Type</c> may name: <c>Directory</c>, and the types of the packages that were added.</summary>
    IReadOnlyList<string> Types { get; }

    /// <summary>Where the store <c>Directory</c> lies, whether or not the state is kept there.</summary>
    string Directory { get; }

    /// <summary>
    /// Copies all records that last from one store to another one, and looks at both again at the end. The source is only read, and a server may go on there; the target is this process's alone meanwhile, and must be no server's. Done again after it was
    /// interrupted, or after the server went on, it brings what differs. What passes (requests, live answers) and files of wishes, which are each machine's own, are not copied.
    /// </summary>
    /// <returns>What was done, and what of the source the target does not hold; nothing of that: it holds exactly what the source holds.</returns>
    /// <exception cref="ArgumentException">One of both is no type of stores, or they are the same.</exception>
    /// <exception cref="Storage.StoreUnavailableException">
    /// One of both cannot be used, the source has nothing, a server has the target, or the target has accounts, certificates, revocations or spent limits that the source does not have (<see cref="AcmeStoreCopyRequest.Overwrite"/>). The message says whether something was changed.
    /// </exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The configuration of one of both is wrong.</exception>
    Task<AcmeStoreCopyResult> CopyAsync(AcmeStoreCopyRequest request, CancellationToken cancellationToken = default);
}
