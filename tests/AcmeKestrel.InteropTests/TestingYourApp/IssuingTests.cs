using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using Xunit;

namespace Shop.Tests;

/// <summary>The protocol client against a CA in memory: no socket, no clock.</summary>
public sealed class IssuingTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_order_becomes_a_certificate_that_chains_to_the_root()
    {
        var probes = new List<ChallengeProbe>();
        await using var ca = new LocalCaServer(new LocalCaServerOptions
        {
            ProcessingPolls = 2,
            BadNonceRate = 0.2,
            Validator = (probe, _) =>
            {
                probes.Add(probe);
                return ValueTask.FromResult<ChallengeProblem?>(null);
            },
        });
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = ca.DirectoryUrl, Handler = ca.CreateHandler() });

        var account = await client.RegisterAsync(AcmeAccountKey.Create(), new AcmeRegistration { TermsOfServiceAgreed = true }, Stop);
        var order = await account.OrderAsync(new AcmeOrderRequest([AcmeIdentifier.Parse("shop.test")]), Stop);
        foreach (var url in order.Authorizations)
        {
            var authorization = await account.GetAuthorizationAsync(url, Stop);
            var challenge = authorization.Challenges.Single(challenge => challenge.Type == "http-01");
            await account.AnswerAsync(challenge.Url, Stop);
            Assert.Equal($"{challenge.Token}.{account.Key.Thumbprint}", Assert.Single(probes).KeyAuthorization);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        order = await account.FinalizeAsync(await account.GetOrderAsync(order.Url, Stop), SigningRequest(key, "shop.test"), Stop);
        while (order.Status == AcmeStatus.Processing) order = await account.GetOrderAsync(order.Url, Stop);

        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPem(System.Text.Encoding.ASCII.GetString((await account.DownloadAsync(order.Certificate!, Stop)).Pem.Span));
        Assert.True(certificates[0].MatchesHostname("shop.test"));
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), certificates[0].PublicKey.ExportSubjectPublicKeyInfo());
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(ca.Root);
        chain.ChainPolicy.ExtraStore.AddRange(certificates);
        Assert.True(chain.Build(certificates[0]));
    }

    private static byte[] SigningRequest(ECDsa key, string name)
    {
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSigningRequest();
    }
}
