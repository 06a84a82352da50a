namespace AcmeKestrel.Protocol;

/// <summary>
/// Talks to one CA. Thread-safe; holds the CA's directory, a pool of nonces and one HTTP handler. Every failure of a request is an <see cref="AcmeException"/>;
/// <c>badNonce</c> is resent within the call (at most 20 times) and is never seen outside.
/// </summary>
public sealed class AcmeClient(AcmeClientOptions options, IAcmeAccountKeys? keys = null) : IDisposable
{
    /// <summary>The directory, fetched once an hour at most.</summary>
    public Task<AcmeDirectory> GetDirectoryAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException(options + "" + keys);

    /// <summary>The seed's <c>Register</c>: makes a key, keeps it through the key port, registers and agrees to the terms.</summary>
    public Task<AcmeAccount> RegisterAsync(string? email, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The seed's <c>Load</c>: the account of the key kept for this mail address.</summary>
    /// <exception cref="AcmeException"><see cref="AcmeFault.AccountUnknown"/>: no key is kept, or the CA does not know it.</exception>
    public Task<AcmeAccount> LoadAccountAsync(string? email, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>One newAccount request (RFC 8555 section 7.3) with this key, whatever it says; 200 and 201 are both success.</summary>
    public Task<AcmeAccount> RegisterAsync(AcmeAccountKey key, AcmeRegistration registration, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>An account whose URL is known already; no request.</summary>
    public AcmeAccount OpenAccount(AcmeAccountKey key, string accountUrl) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose() => throw new NotImplementedException();
}
