using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Protocol.Signing;
using AcmeKestrel.Protocol.Transport;

namespace AcmeKestrel.Protocol;

/// <summary>
/// Talks to one CA. Thread-safe; holds the CA's directory, a pool of nonces and one HTTP handler. Every failure of a request is an <see cref="AcmeException"/>;
/// <c>badNonce</c> is resent within the call (at most 20 times) and is never seen outside.
/// </summary>
public sealed class AcmeClient : IDisposable
{
    /// <summary>A list of revoked certificates may have millions of bytes; whoever has more of them makes several lists.</summary>
    internal const int LargestRevocationList = 8 * 1024 * 1024;

    private readonly string _directoryUrl;
    private readonly IAcmeAccountKeys? _keys;
    private readonly AcmeTransport _transport;
    private readonly DirectoryCache _directory;

    /// <summary>Makes a client; no request is sent.</summary>
    /// <param name="keys">Keeps account keys for <see cref="RegisterAsync(string?, bool, CancellationToken)"/> and <see cref="LoadAccountAsync"/>; the other methods do without.</param>
    /// <exception cref="ArgumentException">The directory is no https URL.</exception>
    public AcmeClient(AcmeClientOptions options, IAcmeAccountKeys? keys = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!AcmeUrl.IsHttps(options.DirectoryUrl))
        {
            throw new ArgumentException($"A CA's directory is an https URL, not '{options.DirectoryUrl}'.", nameof(options));
        }

        _directoryUrl = options.DirectoryUrl;
        _keys = keys;
        _transport = new(options);
        _directory = new(token => FetchDirectoryAsync(options.DirectoryHint, token), options.TimeProvider ?? TimeProvider.System);
    }

    /// <summary>The directory, fetched once an hour at most, or again after one of its resources failed to answer.</summary>
    public Task<AcmeDirectory> GetDirectoryAsync(CancellationToken cancellationToken = default) => _directory.GetAsync(cancellationToken).AsTask();

    /// <summary>
    /// The seed's <c>Register</c>: makes a key, keeps it through the key port and registers.
    /// A key that is kept already is used again, so that a second call finds the first one's account.
    /// </summary>
    /// <param name="termsOfServiceAgreed">Whether the operator accepts <see cref="AcmeDirectory.TermsOfService"/>: nobody else can.</param>
    /// <exception cref="InvalidOperationException">The client was made without a key port.</exception>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "The token alone is optional in both, and their first parameters are nothing like each other.")]
    public async Task<AcmeAccount> RegisterAsync(string? email, bool termsOfServiceAgreed, CancellationToken cancellationToken = default)
    {
        var keys = RequireKeys();
        if (await keys.LoadAsync(_directoryUrl, email, cancellationToken).ConfigureAwait(false) is not { } key)
        {
            key = AcmeAccountKey.Create();
            await keys.SaveAsync(_directoryUrl, email, key, cancellationToken).ConfigureAwait(false);
        }

        return await RegisterAsync(key, new AcmeRegistration { Contact = AcmeContact.Of(email), TermsOfServiceAgreed = termsOfServiceAgreed }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The seed's <c>Load</c>: the account of the key kept for this mail address.</summary>
    /// <exception cref="AcmeException"><see cref="AcmeFault.AccountUnknown"/>: no key is kept, or the CA does not know it.</exception>
    /// <exception cref="InvalidOperationException">The client was made without a key port.</exception>
    public async Task<AcmeAccount> LoadAccountAsync(string? email, CancellationToken cancellationToken = default)
    {
        var key = await RequireKeys().LoadAsync(_directoryUrl, email, cancellationToken).ConfigureAwait(false)
            ?? throw new AcmeException(AcmeFault.AccountUnknown, $"No account key is kept for {email ?? "(no mail address)"} at {AcmeUrl.Show(_directoryUrl)}.");

        return await AcmeAccount.RecoverAsync(this, key, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One newAccount request (RFC 8555 section 7.3) with this key, whatever it says; 200 and 201 are both success.</summary>
    [SuppressMessage("ApiDesign", "RS0026", Justification = "The token alone is optional in both, and their first parameters are nothing like each other.")]
    public async Task<AcmeAccount> RegisterAsync(AcmeAccountKey key, AcmeRegistration registration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(registration);
        var directory = await GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var payload = registration.OnlyReturnExisting
            ? new NewAccountPayload(null, null, OnlyReturnExisting: true, null)
            : new NewAccountPayload(
                registration.TermsOfServiceAgreed,
                registration.Contact is [] ? null : [.. registration.Contact],
                OnlyReturnExisting: null,
                registration.ExternalAccount is null ? null : ExternalAccountBinding.Create(registration.ExternalAccount, key, directory.NewAccount));

        var body = JsonSerializer.SerializeToUtf8Bytes(payload, AcmeJson.Default.NewAccountPayload);
        var post = new AcmePost(directory.NewAccount, AcmeOperation.NewAccount, key, AccountUrl: null, body) { IsNewAccount = true, IsFromDirectory = true };
        var response = await PostAsync(post, cancellationToken).ConfigureAwait(false);
        return new(this, key, AcmeUrl.Require(AcmeUrl.Resolve(post.Url, response.Location), "account URL (Location)"));
    }

    /// <summary>
    /// Revokes a certificate given as DER, signed by its own key: the way for who has the key and not the account (RFC 8555 section 7.6). Already revoked is success.
    /// Some CAs record such a revocation as a key compromise, whatever the reason says.
    /// </summary>
    /// <param name="certificateKey">The certificate's private key, RSA or on P-256, P-384 or P-521.</param>
    /// <param name="reason">A CRL reason code (RFC 5280 section 5.3.1); null = unspecified, and the member is left out.</param>
    /// <exception cref="AcmeException">The CA refused, or it has no revocation at all.</exception>
    /// <exception cref="ArgumentException">The certificate is no DER.</exception>
    public Task RevokeAsync(ReadOnlyMemory<byte> certificate, AcmeAccountKey certificateKey, int? reason = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificateKey);
        return RevokeAsync(certificate, certificateKey, accountUrl: null, reason, cancellationToken);
    }

    /// <summary>When the CA suggests to renew a certificate (RFC 9773 section 4); null where the CA has no renewal info. One unsigned GET.</summary>
    /// <param name="renewalId">From <see cref="AcmeRenewalInfo.IdOf"/>.</param>
    /// <exception cref="AcmeException">The CA failed, refused, or answered with no window that makes sense.</exception>
    public async Task<AcmeRenewalInfo?> GetRenewalInfoAsync(string renewalId, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(renewalId);
        var directory = await GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        if (directory.RenewalInfo is not { } renewalInfo) return null;

        return RenewalInfoReader.Read(await ForgettingAsync(
            isFromDirectory: true, () => _transport.GetAsync($"{renewalInfo.TrimEnd('/')}/{renewalId}", AcmeOperation.RenewalInfo, cancellationToken)).ConfigureAwait(false));
    }

    /// <summary>An account whose URL is known already; no request.</summary>
    public AcmeAccount OpenAccount(AcmeAccountKey key, string accountUrl)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(accountUrl);
        return new AcmeAccount(this, key, accountUrl);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _directory.Dispose();
        _transport.Dispose();
    }

    internal async Task RevokeAsync(ReadOnlyMemory<byte> certificate, AcmeAccountKey signer, string? accountUrl, int? reason, CancellationToken cancellationToken)
    {
        // A SEQUENCE (X.690 section 8.9). The CA would call PEM malformed, and say no more.
        if (certificate.Span is not [0x30, ..]) throw new ArgumentException("A certificate to revoke must be given as DER.", nameof(certificate));

        var directory = await GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var body = JsonSerializer.SerializeToUtf8Bytes(new RevokePayload(Base64Url.EncodeToString(certificate.Span), reason), AcmeJson.Default.RevokePayload);
        var url = AcmeUrl.Require(directory.RevokeCert, "revokeCert URL");
        try
        {
            var response = await PostAsync(new AcmePost(url, AcmeOperation.RevokeCertificate, signer, accountUrl, body) { IsFromDirectory = true }, cancellationToken).ConfigureAwait(false);
            JsonAnswer.RequireObjectOrNothing(response, "answer to the revocation");
        }
        catch (AcmeException fault) when (fault.Problem?.Is("alreadyRevoked") is true)
        {
            // Somebody was faster; the certificate is as revoked as it can be.
        }
    }

    /// <summary>The list of revoked certificates that a certificate names (RFC 5280 section 4.2.1.13), as DER: whatever is there, to be checked by whoever asks.</summary>
    internal Task<ReadOnlyMemory<byte>> GetRevocationListAsync(Uri url, CancellationToken cancellationToken) =>
        _transport.GetAsync(url, AcmeOperation.RevocationList, LargestRevocationList, cancellationToken);

    internal async Task<AcmeResponse> PostAsync(AcmePost post, CancellationToken cancellationToken)
    {
        var directory = await GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        return await ForgettingAsync(post.IsFromDirectory, () => _transport.PostAsync(post, directory.NewNonce, cancellationToken)).ConfigureAwait(false);
    }

    /// <summary>Forgets the directory where a request fails as one does that it has sent to the wrong place.</summary>
    private async Task<AcmeResponse> ForgettingAsync(bool isFromDirectory, Func<Task<AcmeResponse>> send)
    {
        try
        {
            return await send().ConfigureAwait(false);
        }
        catch (AcmeException fault) when (IsOutOfDate(fault, isFromDirectory))
        {
            _directory.Forget();
            throw;
        }
    }

    /// <summary>A lost connection, an answer that is no ACME, or a resource that is gone: the CA may have moved it.</summary>
    private static bool IsOutOfDate(AcmeException fault, bool isFromDirectory) =>
        fault.Fault is AcmeFault.Connection or AcmeFault.Protocol || (isFromDirectory && fault.StatusCode is 404 or 405 && fault.Problem is null);

    private async Task<AcmeDirectory> FetchDirectoryAsync(string? hint, CancellationToken cancellationToken)
    {
        try
        {
            return DirectoryReader.Read(await _transport.GetAsync(_directoryUrl, AcmeOperation.Directory, cancellationToken).ConfigureAwait(false));
        }
        catch (AcmeException elsewhere) when (hint is not null && elsewhere.Fault is (AcmeFault.Protocol or AcmeFault.Rejected))
        {
            throw new AcmeException(elsewhere.Fault, $"{elsewhere.Message} {hint}", elsewhere.Problem, elsewhere.StatusCode, elsewhere.RetryAfter, elsewhere);
        }
    }

    private IAcmeAccountKeys RequireKeys() =>
        _keys ?? throw new InvalidOperationException("This client keeps no account keys; give it an IAcmeAccountKeys, or use a key of your own.");
}
