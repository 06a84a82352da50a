using AcmeKestrel.Certificates;

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

    /// <summary>newOrder (RFC 8555 section 7.4). The CA may return an order it already has.</summary>
    public Task<AcmeOrder> OrderAsync(AcmeOrderRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Looks at an order by POST-as-GET.</summary>
    public Task<AcmeOrder> GetOrderAsync(string orderUrl, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Looks at an authorization by POST-as-GET (RFC 8555 section 7.5).</summary>
    public Task<AcmeAuthorization> GetAuthorizationAsync(string authorizationUrl, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Gives an authorization up (RFC 8555 section 7.5.2).</summary>
    public Task DeactivateAuthorizationAsync(string authorizationUrl, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Tells the CA to validate: POST <c>{}</c> (RFC 8555 section 7.5.1). Publish the answer first, and never call it twice.</summary>
    public Task<AcmeChallenge> AnswerAsync(string challengeUrl, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Finalizes a ready order with a PKCS#10 request in DER (RFC 8555 section 7.4).</summary>
    public Task<AcmeOrder> FinalizeAsync(AcmeOrder order, ReadOnlyMemory<byte> signingRequest, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Downloads the default chain (RFC 8555 section 7.4.2) as the CA's PEM bytes, and the URLs of its alternates.</summary>
    public Task<AcmeCertificateDownload> DownloadAsync(string certificateUrl, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The seed's <c>Authorize</c>: orders these domains and returns their authorizations with the challenges. One request and one more an authorization.</summary>
    public Task<IReadOnlyList<AcmeAuthorization>> AuthorizeAsync(IEnumerable<string> domains, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Revokes a certificate given as DER (RFC 8555 section 7.6); already revoked is success.</summary>
    /// <param name="reason">A CRL reason code (RFC 5280 section 5.3.1); null = unspecified, and the member is left out.</param>
    public Task RevokeAsync(ReadOnlyMemory<byte> certificate, int? reason = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Closes the account for good (RFC 8555 section 7.3.6).</summary>
    public Task DeactivateAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();
}

/// <summary>A downloaded chain and where the CA's other chains are.</summary>
public sealed record AcmeCertificateDownload(ReadOnlyMemory<byte> Pem, IReadOnlyList<string> Alternates);
