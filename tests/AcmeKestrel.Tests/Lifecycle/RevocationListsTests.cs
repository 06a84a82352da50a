using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Revoking;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>How much of the CAs' lists is kept between two looks: a budget of bytes, since some have one long list and others a hundred short ones.</summary>
public sealed class RevocationListsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Now);
    private readonly TestSettings _settings = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_short_lists_are_fetched_once_each()
    {
        using var issuer = MakeIssuer();
        var shelf = new Shelf(MakeList(issuer, 3000));
        await using var edge = await StartAsync(shelf);
        Generation[] certificates = [.. Enumerable.Range(0, 100).Select(shard => MakeGeneration(issuer, shard))];

        for (var round = 0; round < 3; round++)
        {
            foreach (var certificate in certificates) Assert.Null(await edge.Get<RevocationLists>().FindAsync(_settings.Provider, certificate, Token));
        }

        Assert.Equal(100, shelf.Fetched.Count);
    }

    [Fact]
    public async Task Long_ones_make_room_for_each_other()
    {
        using var issuer = MakeIssuer();
        var list = MakeList(issuer, 600, serialLength: 8000);
        Assert.InRange(list.Length, 4 * 1024 * 1024, 8 * 1024 * 1024);
        var (shelf, kept) = (new Shelf(list), 16 * 1024 * 1024 / list.Length);
        await using var edge = await StartAsync(shelf);
        var lists = edge.Get<RevocationLists>();

        for (var shard = 0; shard <= kept; shard++)
        {
            await lists.FindAsync(_settings.Provider, MakeGeneration(issuer, shard), Token);
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        for (var shard = kept; shard > 0; shard--) await lists.FindAsync(_settings.Provider, MakeGeneration(issuer, shard), Token);
        Assert.Equal(kept + 1, shelf.Fetched.Count);
        await lists.FindAsync(_settings.Provider, MakeGeneration(issuer, 0), Token);
        Assert.Equal(kept + 2, shelf.Fetched.Count);
    }

    private Task<Edge> StartAsync(Shelf shelf) => Edge.StartAsync(_time, new TestCa(_time), _settings, new TestStore(_time), [], () => shelf);

    private static X509Certificate2 MakeIssuer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test issuer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(10));
    }

    private static byte[] MakeList(X509Certificate2 issuer, int length, int serialLength = 12)
    {
        var list = new CertificateRevocationListBuilder();
        for (var serial = 0; serial < length; serial++) list.AddEntry([0x01, (byte)(serial >> 16), (byte)(serial >> 8), (byte)serial, .. new byte[serialLength - 4]], Now);
        return list.Build(issuer, BigInteger.One, Now.AddDays(3), HashAlgorithmName.SHA256, thisUpdate: Now);
    }

    private static Generation MakeGeneration(X509Certificate2 issuer, int shard)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([$"http://crl.ca.test/{shard}.crl"]));
        using var leaf = request.Create(issuer, Now, Now.AddDays(90), [0x00, 0x80]);
        var chain = new CertificateChain(leaf.RawData, [issuer.RawData], [], KeyFamily.Ecdsa, Now, Now.AddDays(90));
        return new Generation("shop.test", $"20261123T120000Z-{shard:x8}", chain, default, new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, Now));
    }

    /// <summary>The CA's lists.</summary>
    private sealed class Shelf(byte[] list) : HttpMessageHandler
    {
        public List<string> Fetched { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Fetched.Add(request.RequestUri!.AbsoluteUri);
            var content = new ByteArrayContent(list);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkix-crl");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }
}
