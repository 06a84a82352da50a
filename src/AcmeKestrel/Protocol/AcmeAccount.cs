using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AcmeKestrel.Certificates;
using AcmeKestrel.Protocol.Answers;
using AcmeKestrel.Protocol.Messages;
using AcmeKestrel.Protocol.Signing;

namespace AcmeKestrel.Protocol;

/// <summary>An account at a CA. Each method is one request unless it says otherwise, and throws <see cref="AcmeException"/>.</summary>
public sealed class AcmeAccount
{
    internal AcmeAccount(AcmeClient client, AcmeAccountKey key, string url) => (Client, Key, Url) = (client, key, url);

    /// <summary>The CA.</summary>
    public AcmeClient Client { get; }

    /// <summary>The key that signs for it.</summary>
    public AcmeAccountKey Key { get; }

    /// <summary>The exact <c>Location</c> the CA gave: the <c>kid</c> of every request.</summary>
    public string Url { get; }

    /// <summary>The seed's <c>Recover</c>: finds the account of a key whose URL was lost (RFC 8555 section 7.3.1). Never makes one.</summary>
    /// <exception cref="AcmeException"><see cref="AcmeFault.AccountUnknown"/>: the CA has no account for this key.</exception>
    public static Task<AcmeAccount> RecoverAsync(AcmeClient client, AcmeAccountKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        return client.RegisterAsync(key, new AcmeRegistration { OnlyReturnExisting = true }, cancellationToken);
    }

    /// <summary>newOrder (RFC 8555 section 7.4). The CA may return an order it already has.</summary>
    public async Task<AcmeOrder> OrderAsync(AcmeOrderRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var directory = await Client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var identifiers = request.Identifiers.Select(wanted => new IdentifierPayload(wanted.Type is AcmeIdentifierType.Ip ? "ip" : "dns", wanted.Value));
        var payload = new NewOrderPayload([.. identifiers], request.Profile, request.Replaces);
        var post = Post(directory.NewOrder, AcmeOperation.NewOrder, payload, AcmeJson.Default.NewOrderPayload) with { IsFromDirectory = true };
        var response = await Client.PostAsync(post, cancellationToken).ConfigureAwait(false);
        return OrderReader.Read(response, AcmeUrl.Require(AcmeUrl.Resolve(post.Url, response.Location), "order URL (Location)"));
    }

    /// <summary>
    /// The seed's <c>Renew</c>: orders these domains as the replacement of a certificate (RFC 9773 section 5), which exempts a renewal from many a limit. Where the CA has no
    /// renewal info, or refuses this replacement, it is an order like any other: one request, or two.
    /// </summary>
    /// <param name="replaced">The certificate to replace, as DER; null = none.</param>
    /// <exception cref="FormatException">One of the domains is no name and no address that a CA could certify.</exception>
    public async Task<AcmeOrder> RenewAsync(IEnumerable<string> domains, ReadOnlyMemory<byte>? replaced, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(domains);
        var directory = await Client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var replaces = directory.RenewalInfo is not null && replaced is { } certificate ? AcmeRenewalInfo.IdOf(certificate) : null;
        var request = new AcmeOrderRequest([.. domains.Select(AcmeIdentifier.Parse).Distinct()]) { Replaces = replaces };
        try
        {
            return await OrderAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (AcmeException refused) when (replaces is not null && refused.MayBeForReplaces)
        {
            return await OrderAsync(request with { Replaces = null }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at an order by POST-as-GET.</summary>
    public async Task<AcmeOrder> GetOrderAsync(string orderUrl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(orderUrl);
        return OrderReader.Read(await Client.PostAsync(Get(orderUrl, AcmeOperation.Order), cancellationToken).ConfigureAwait(false), orderUrl);
    }

    /// <summary>Looks at an authorization by POST-as-GET (RFC 8555 section 7.5).</summary>
    public async Task<AcmeAuthorization> GetAuthorizationAsync(string authorizationUrl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorizationUrl);
        return AuthorizationReader.Read(await Client.PostAsync(Get(authorizationUrl, AcmeOperation.Authorization), cancellationToken).ConfigureAwait(false), authorizationUrl);
    }

    /// <summary>Gives an authorization up (RFC 8555 section 7.5.2).</summary>
    public Task DeactivateAuthorizationAsync(string authorizationUrl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(authorizationUrl);
        return DeactivateAsync(authorizationUrl, AcmeOperation.Authorization, cancellationToken);
    }

    /// <summary>Tells the CA to validate: POST <c>{}</c> (RFC 8555 section 7.5.1). Publish the answer first, and never call it twice.</summary>
    public async Task<AcmeChallenge> AnswerAsync(string challengeUrl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(challengeUrl);
        return AuthorizationReader.ReadChallenge(await Client.PostAsync(new(challengeUrl, AcmeOperation.Challenge, Key, Url, "{}"u8.ToArray()), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Finalizes a ready order with a PKCS#10 request in DER (RFC 8555 section 7.4).</summary>
    public async Task<AcmeOrder> FinalizeAsync(AcmeOrder order, ReadOnlyMemory<byte> signingRequest, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        var payload = new FinalizePayload(Base64Url.EncodeToString(signingRequest.Span));
        var response = await Client.PostAsync(Post(order.Finalize, AcmeOperation.Finalize, payload, AcmeJson.Default.FinalizePayload), cancellationToken).ConfigureAwait(false);
        return OrderReader.Read(response, order.Url);
    }

    /// <summary>Downloads the default chain (RFC 8555 section 7.4.2) as the CA's PEM bytes, and the URLs of its alternates; one that is no https URL is left out, for it must not cost the chain.</summary>
    /// <exception cref="AcmeException">With <see cref="AcmeException.StatusCode"/> 404 shortly after issuance: the CA's replicas lag behind.</exception>
    public async Task<AcmeCertificateDownload> DownloadAsync(string certificateUrl, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificateUrl);
        var post = Get(certificateUrl, AcmeOperation.Certificate) with { Limit = AcmePost.CertificateLimit, Accept = "application/pem-certificate-chain" };
        var response = await Client.PostAsync(post, cancellationToken).ConfigureAwait(false);
        var alternates = LinkHeader.Targets(response.Links, "alternate").Select(target => AcmeUrl.Resolve(certificateUrl, target));
        return new(response.Body, [.. alternates.Where(AcmeUrl.IsHttps).Select(url => url!)]);
    }

    /// <summary>
    /// The seed's <c>Authorize</c>: orders these domains and returns the order with its authorizations and their challenges. One request and one more an authorization.
    /// </summary>
    /// <exception cref="FormatException">One of the domains is no name and no address that a CA could certify.</exception>
    public async Task<AcmeAuthorizedOrder> AuthorizeAsync(IEnumerable<string> domains, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(domains);
        var order = await OrderAsync(new([.. domains.Select(AcmeIdentifier.Parse).Distinct()]), cancellationToken).ConfigureAwait(false);
        var authorizations = new List<AcmeAuthorization>();
        foreach (var url in order.Authorizations) authorizations.Add(await GetAuthorizationAsync(url, cancellationToken).ConfigureAwait(false));
        return new AcmeAuthorizedOrder(order, authorizations);
    }

    /// <summary>Revokes a certificate given as DER (RFC 8555 section 7.6); already revoked is success.</summary>
    /// <param name="reason">A CRL reason code (RFC 5280 section 5.3.1); null = unspecified, and the member is left out.</param>
    /// <exception cref="ArgumentException">The certificate is no DER.</exception>
    public Task RevokeAsync(ReadOnlyMemory<byte> certificate, int? reason = null, CancellationToken cancellationToken = default) =>
        Client.RevokeAsync(certificate, Key, Url, reason, cancellationToken);

    /// <summary>Looks at the account by POST-as-GET (RFC 8555 section 7.3.2).</summary>
    public async Task<AcmeAccountObject> GetAsync(CancellationToken cancellationToken = default) =>
        AccountReader.Read(await Client.PostAsync(Get(Url, AcmeOperation.Account), cancellationToken).ConfigureAwait(false));

    /// <summary>Replaces the account's contacts, URLs such as <c>mailto:ops@example.com</c> (RFC 8555 section 7.3.2). Some CAs accept and forget them.</summary>
    public async Task<AcmeAccountObject> UpdateContactAsync(IReadOnlyList<string> contact, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contact);
        return AccountReader.Read(await Client.PostAsync(Post(Url, AcmeOperation.Account, new ContactPayload([.. contact]), AcmeJson.Default.ContactPayload), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// The URLs of the account's orders (RFC 8555 section 7.1.2.1), one request for the account and one more a page. Nothing at the many CAs that keep no such list.
    /// </summary>
    /// <exception cref="AcmeException"><see cref="AcmeFault.Protocol"/>: the pages have no end.</exception>
    public IAsyncEnumerable<string> ListOrdersAsync(CancellationToken cancellationToken = default) => OrderList.ReadAsync(this, cancellationToken);

    /// <summary>
    /// Gives the account a new key (RFC 8555 section 7.3.5), proven by both keys' signatures, and returns the account with it. Orders, authorizations and tokens stay;
    /// key authorizations are made with the new key from then on. Keep the new key durably before: after an unknown outcome <see cref="RecoverAsync"/> tells which one counts.
    /// </summary>
    /// <exception cref="AcmeException"><see cref="AcmeFault.Rejected"/> with <see cref="AcmeException.StatusCode"/> 409: the new key has an account already, <see cref="AcmeException.Location"/>.</exception>
    public async Task<AcmeAccount> ChangeKeyAsync(AcmeAccountKey newKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(newKey);
        var directory = await Client.GetDirectoryAsync(cancellationToken).ConfigureAwait(false);
        var url = AcmeUrl.Require(directory.KeyChange, "keyChange URL");
        var inner = JsonWebSignature.CreateKeyChange(newKey, url, Url, Key);
        var response = await Client.PostAsync(Post(url, AcmeOperation.KeyChange, inner, AcmeJson.Default.JsonWebSignature) with { IsFromDirectory = true }, cancellationToken).ConfigureAwait(false);
        JsonAnswer.RequireObjectOrNothing(response, "answer to the key change");
        return new AcmeAccount(Client, newKey, Url);
    }

    /// <summary>Closes the account for good (RFC 8555 section 7.3.6).</summary>
    public Task DeactivateAsync(CancellationToken cancellationToken = default) => DeactivateAsync(Url, AcmeOperation.Account, cancellationToken);

    private async Task DeactivateAsync(string url, string what, CancellationToken cancellationToken)
    {
        var response = await Client.PostAsync(Post(url, what, new StatusPayload("deactivated"), AcmeJson.Default.StatusPayload), cancellationToken).ConfigureAwait(false);
        JsonAnswer.RequireObjectOrNothing(response, what);
    }

    internal AcmePost Get(string url, string operation) => new(url, operation, Key, Url, ReadOnlyMemory<byte>.Empty);

    private AcmePost Post<T>(string url, string operation, T payload, JsonTypeInfo<T> type) => new(url, operation, Key, Url, JsonSerializer.SerializeToUtf8Bytes(payload, type));
}
