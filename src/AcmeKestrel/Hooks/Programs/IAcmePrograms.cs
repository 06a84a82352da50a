namespace AcmeKestrel;

/// <summary>
/// Runs programs that the operator named, by the rules of hooks, for packages: without a shell, in the root folder, with a small environment and nothing of this process' own, and ended with all that they started when their time is over.
/// A process of root's runs only what nobody but root may change.
/// </summary>
/// <remarks>Not for implementation: members are added in minor versions.</remarks>
public interface IAcmePrograms
{
    /// <summary>Why the program may not be run; null: it may.</summary>
    /// <param name="program">Its absolute path.</param>
    string? FindFault(string program);

    /// <summary>Runs it to its end; one that may not be run has a result that says so.</summary>
    /// <param name="program">Its absolute path.</param>
    /// <param name="arguments">As it gets them: no shell reads them.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellationToken">Ends the program, too.</param>
    Task<AcmeProgramResult> RunAsync(string program, IReadOnlyList<string> arguments, TimeSpan limit, CancellationToken cancellationToken = default);
}
