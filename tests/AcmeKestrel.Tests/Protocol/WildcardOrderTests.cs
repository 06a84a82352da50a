using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>A name and its wildcard in one order: two authorizations for one value, proven by two TXT values side by side (RFC 8555 sections 7.1.4 and 8.4).</summary>
public sealed class WildcardOrderTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_and_its_wildcard_are_proven_at_one_place_by_two_values()
    {
        var zone = new Dictionary<string, List<string>>();
        await using var ca = new LocalCaServer(new LocalCaServerOptions
        {
            Validator = (probe, _) => ValueTask.FromResult(
                probe.Type == "dns-01" && zone.GetValueOrDefault($"_acme-challenge.{probe.Identifier}")?.Contains(Digest(probe.KeyAuthorization)) is true
                    ? null
                    : new ChallengeProblem("unauthorized", "no such value")),
        });
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = ca.DirectoryUrl, Handler = ca.CreateHandler() });
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, new AcmeRegistration { TermsOfServiceAgreed = true }, Ct);
        AcmeIdentifier[] names = [AcmeIdentifier.Parse("shop.test"), AcmeIdentifier.Parse("*.shop.test")];

        var order = await account.OrderAsync(new AcmeOrderRequest(names), Ct);
        var authorizations = new List<AcmeAuthorization>();
        foreach (var url in order.Authorizations) authorizations.Add(await account.GetAuthorizationAsync(url, Ct));
        var challenges = authorizations.Select(authorization => authorization.Challenges.Single(challenge => challenge.Type == "dns-01")).ToList();
        zone["_acme-challenge.shop.test"] = [.. challenges.Select(challenge => Digest(key.KeyAuthorization(challenge.Token!)))];
        foreach (var challenge in challenges) await account.AnswerAsync(challenge.Url, Ct);
        var certificateKey = CertificateKey.Create(AcmeKeyType.P256);
        var done = await account.FinalizeAsync(await account.GetOrderAsync(order.Url, Ct), CertificateKey.CreateSigningRequest(certificateKey, names), Ct);
        var chain = CertificateChain.ParsePem((await account.DownloadAsync(done.Certificate!, Ct)).Pem.Span);

        Assert.Equal([("shop.test", false), ("shop.test", true)], authorizations.Select(authorization => (authorization.Identifier.Value, authorization.Wildcard)).Order());
        Assert.Equal(["dns-01"], authorizations.Single(authorization => authorization.Wildcard).Challenges.Select(challenge => challenge.Type));
        Assert.Equal(2, zone["_acme-challenge.shop.test"].Distinct().Count());
        Assert.Equal(names.ToHashSet(), chain.Identifiers.ToHashSet());
    }

    private static string Digest(string keyAuthorization) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(keyAuthorization)));
}
