namespace AcmeKestrel;

/// <summary>Who else is told of certificates, and what they are owed.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions.</remarks>
public interface IAcmeHooks
{
    /// <summary>A status for each hook that is configured, registered or found in the folder, from memory. What is owed is known in the process that has the state alone.</summary>
    IReadOnlyList<AcmeHookStatus> List();

    /// <summary>
    /// Tells one hook something that has not happened, marked as a test, once and at once, and completes when it has answered; what it is owed, and whether it fails, is as before. Done by the process that has the state, which calls the hooks otherwise, too.
    /// Null: there is no such hook.
    /// </summary>
    /// <param name="name">As <see cref="List"/> names it, or without its kind where that names one alone.</param>
    /// <param name="happened">What it is told; null: <see cref="AcmeHookEvent.LiveUpdated"/>, or the first event that it takes.</param>
    /// <param name="label">The certificate that it is told of; null: one that is stored, else one that is wished.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="Storage.StoreUnavailableException">Nobody who has the state took it up.</exception>
    Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened = null, string? label = null, CancellationToken cancellationToken = default);
}
