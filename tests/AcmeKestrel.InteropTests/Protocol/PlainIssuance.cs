using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>The whole way to a certificate with nothing but the protocol client's public API, at a CA that believes every answer.</summary>
internal static class PlainIssuance
{
    /// <summary>A new account that has agreed to the terms.</summary>
    public static Task<AcmeAccount> RegisterAsync(this AcmeClient client, AcmeAccountKey key, CancellationToken cancellationToken) =>
        InsistAsync(() => client.RegisterAsync(key, new AcmeRegistration { TermsOfServiceAgreed = true }, cancellationToken));

    /// <summary>What to order for one name.</summary>
    public static AcmeOrderRequest Request(string name) => new([AcmeIdentifier.Parse(name)]);

    /// <summary>A certificate for one name.</summary>
    public static Task<IssuedCertificate> IssueAsync(this AcmeAccount account, string name, CancellationToken cancellationToken) =>
        account.IssueAsync(Request(name), cancellationToken);

    /// <summary>A certificate for this order.</summary>
    public static async Task<IssuedCertificate> IssueAsync(this AcmeAccount account, AcmeOrderRequest request, CancellationToken cancellationToken) =>
        await account.CompleteAsync(await InsistAsync(() => account.OrderAsync(request, cancellationToken)), cancellationToken);

    /// <summary>The rest of the way of an order that is there already.</summary>
    public static async Task<IssuedCertificate> CompleteAsync(this AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        foreach (var url in order.Authorizations)
        {
            var authorization = await InsistAsync(() => account.GetAuthorizationAsync(url, cancellationToken));
            if (authorization.Status is AcmeStatus.Valid) continue;

            var challenge = authorization.Challenges.Single(offered => offered.Type == "http-01");
            await InsistAsync(() => account.AnswerAsync(challenge.Url, cancellationToken));
        }

        var ready = await account.ReachedAsync(order.Url, AcmeStatus.Ready, cancellationToken);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signingRequest = SigningRequest(key, order.Identifiers);
        await InsistAsync(() => account.FinalizeAsync(ready, signingRequest, cancellationToken));
        var valid = await account.ReachedAsync(order.Url, AcmeStatus.Valid, cancellationToken);
        var download = await InsistAsync(() => account.DownloadAsync(valid.Certificate!, cancellationToken));
        return new IssuedCertificate(valid, key, download);
    }

    /// <summary>The PEM as certificates, the leaf first.</summary>
    public static X509Certificate2Collection Certificates(this AcmeCertificateDownload download)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(System.Text.Encoding.ASCII.GetString(download.Pem.Span));
        return chain;
    }

    /// <summary>Repeats a request that the CA refused for its nonces alone, as every caller may: where it rejects 90 %, one in nine needs it.</summary>
    public static async Task<T> InsistAsync<T>(Func<Task<T>> request)
    {
        for (var repeats = 0; ; repeats++)
        {
            try
            {
                return await request();
            }
            catch (AcmeException refused) when (repeats < 20 && refused.Problem?.Is("badNonce") is true)
            {
                // Nothing was processed.
            }
        }
    }

    private static Task<AcmeOrder> ReachedAsync(this AcmeAccount account, string orderUrl, AcmeStatus status, CancellationToken cancellationToken) => Patience.UntilAsync(
        async token =>
        {
            var order = await InsistAsync(() => account.GetOrderAsync(orderUrl, token));
            if (order.Status is AcmeStatus.Invalid) throw new InvalidOperationException($"The order failed: {order.Error}");
            return order.Status == status ? order : null;
        },
        () => $"The order never became {status}.",
        cancellationToken);

    private static byte[] SigningRequest(ECDsa key, IReadOnlyList<AcmeIdentifier> identifiers)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var identifier in identifiers) names.AddDnsName(identifier.Value);
        var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }
}
