namespace AcmeKestrel.Protocol;

/// <summary>
/// The port through which a client keeps account keys, so that an account can be found again (RFC 8555 section 7.3.1). Made to be implemented: members that are added later have a
/// default implementation.
/// </summary>
public interface IAcmeAccountKeys
{
    /// <summary>The key kept for this directory and mail address, or null.</summary>
    ValueTask<AcmeAccountKey?> LoadAsync(string directoryUrl, string? email, CancellationToken cancellationToken);

    /// <summary>Keeps a new key; durable when the call returns. Called before the first request that uses it.</summary>
    ValueTask SaveAsync(string directoryUrl, string? email, AcmeAccountKey key, CancellationToken cancellationToken);
}
