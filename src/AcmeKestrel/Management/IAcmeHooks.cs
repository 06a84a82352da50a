namespace AcmeKestrel;

/// <summary>Who else is told of certificates, and what they are owed.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions.</remarks>
public interface IAcmeHooks
{
    /// <summary>A status for each hook that is configured, registered or found in the folder, from memory. What is owed is known in the process that has the state alone.</summary>
    IReadOnlyList<AcmeHookStatus> List();
}
