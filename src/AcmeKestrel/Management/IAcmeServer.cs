namespace AcmeKestrel;

/// <summary>The process that has the state, as another process of the same machine reaches it: found by <see cref="IAcmeState.FindServerAsync"/>.</summary>
/// <remarks>A service of the library, not for implementation: members are added in minor versions.</remarks>
public interface IAcmeServer
{
    /// <summary>Who answers.</summary>
    AcmeServerInfo Info { get; }

    /// <summary>
    /// The server's certificates: what it serves is asked of it, and what is to be done is a request in the state that it carries out, and that outlives its restart. <see cref="IAcmeCertificates.List"/> waits for its answer;
    /// members throw <see cref="Storage.StoreUnavailableException"/> where it does not answer any more.
    /// </summary>
    IAcmeCertificates Certificates { get; }

    /// <summary>The same for accounts.</summary>
    IAcmeAccounts Accounts { get; }

    /// <summary>The same for hooks.</summary>
    IAcmeHooks Hooks { get; }
}
