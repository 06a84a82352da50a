using System.Net;
using System.Net.Http.Headers;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Revoking;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What a look at a CA's list costs, and how much of the lists is kept between two looks: a budget of bytes, since some have one long list and others a hundred short ones.</summary>
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
            foreach (var certificate in certificates) Assert.Null(await FindAsync(edge.Get<RevocationLists>(), certificate));
        }

        Assert.Equal(100, shelf.Fetched.Count);
    }

    /// <summary>A hundred thousand certificates of one CA may name one list.</summary>
    [Fact]
    public async Task However_many_certificates_name_a_long_list_it_is_fetched_and_read_once()
    {
        using var issuer = MakeIssuer();
        var shelf = new Shelf(MakeList(issuer, 20_000));
        await using var edge = await StartAsync(shelf);
        Generation[] certificates = [.. Enumerable.Range(0, 200).Select(number => MakeGeneration(issuer, 0, number % 2 == 0 ? SerialOf(number * 99) : [0x02, (byte)number, 0x01]))];
        var (lists, looks) = (edge.Get<RevocationLists>(), new List<AcmeRevocationReason?>());

        for (var round = 0; round < 30; round++)
        {
            foreach (var certificate in certificates) looks.Add(await FindAsync(lists, certificate));
        }

        Assert.Single(shelf.Fetched);
        Assert.Equal(certificates.SelectMany((_, number) => Enumerable.Repeat(number % 2 == 0 ? AcmeRevocationReason.Unspecified : (AcmeRevocationReason?)null, 30)).Order(), looks.Order());
        Assert.Equal(looks[..200].Select((_, number) => number % 2 == 0), looks[..200].Select(look => look is not null));
    }

    /// <summary>A walk over the entries of a long list and a check of its signature would take some 3 ms for each certificate that names it. Here both would meet what is no list any more.</summary>
    [Fact]
    public void When_it_is_read_and_checked_a_look_reads_no_entry_but_the_certificates_own()
    {
        using var issuer = MakeIssuer();
        var der = MakeList(issuer, 1000);
        var list = RevocationList.Read(der);
        Assert.True(list.IsSignedBy(issuer.RawData));

        // The entry begins with two bytes of its own and two of its serial number.
        var begin = der.AsSpan().IndexOf(SerialOf(700)) - 4;
        var end = begin + 2 + der[begin + 1];
        der.AsSpan(0, begin).Clear();
        der.AsSpan(end).Clear();

        Assert.True(list.IsSignedBy(issuer.RawData));
        Assert.Equal(AcmeRevocationReason.Unspecified, list.Find(SerialOf(700)));
        Assert.Null(list.Find([0x02, 0x07, 0x01]));
    }

    /// <summary>Whose name is the same is not the issuer yet.</summary>
    [Fact]
    public async Task Another_issuer_of_the_same_name_does_not_get_the_first_ones_word()
    {
        using var issuer = MakeIssuer();
        using var namesake = MakeIssuer();
        await using var edge = await StartAsync(new Shelf(MakeList(issuer, 10)));
        var lists = edge.Get<RevocationLists>();

        Assert.NotNull(await FindAsync(lists, MakeGeneration(issuer, 0, SerialOf(3))));
        Assert.Null(await FindAsync(lists, MakeGeneration(namesake, 0, SerialOf(3))));
    }

    [Fact]
    public async Task A_list_of_another_ca_is_not_believed_whoever_signed_it()
    {
        using var issuer = MakeIssuer();
        using var other = MakeIssuer("CN=Another issuer");
        await using var edge = await StartAsync(new Shelf(MakeList(other, 10)));
        var certificate = MakeGeneration(issuer, 0, SerialOf(3));

        // As if the chain had been put together by hand.
        Assert.Null(await FindAsync(edge.Get<RevocationLists>(), certificate with { Chain = certificate.Chain with { Intermediates = [other.RawData] } }));
    }

    /// <summary>A CA that began anew under its name has certificates of both times: whoever has the former issuer in its chain learns nothing, and keeps nobody else from it.</summary>
    [Fact]
    public async Task One_that_another_issuer_signed_still_counts_for_that_ones_certificates()
    {
        using var issuer = MakeIssuer();
        using var former = MakeIssuer();
        var shelf = new Shelf(MakeList(issuer, 10));
        await using var edge = await StartAsync(shelf);
        var lists = edge.Get<RevocationLists>();

        for (var look = 0; look < 3; look++)
        {
            Assert.Null(await FindAsync(lists, MakeGeneration(former, 0, SerialOf(3))));
            Assert.NotNull(await FindAsync(lists, MakeGeneration(issuer, 0, SerialOf(3))));
        }

        Assert.InRange(shelf.Fetched.Count, 1, 2);
    }

    /// <summary>A CA that has a new list every minute is asked once an hour.</summary>
    [Fact]
    public async Task A_list_that_is_old_at_once_counts_for_an_hour()
    {
        using var issuer = MakeIssuer();
        var shelf = new Shelf(MakeList(issuer, 10, lasts: TimeSpan.FromMinutes(1)));
        await using var edge = await StartAsync(shelf);

        for (var minute = 0; minute < 120; minute++)
        {
            await FindAsync(edge.Get<RevocationLists>(), MakeGeneration(issuer, 0));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(2, shelf.Fetched.Count);
    }

    [Fact]
    public async Task Long_ones_make_room_for_each_other()
    {
        using var issuer = MakeIssuer();
        var list = MakeLong(issuer);
        Assert.InRange(list.Length, 4 * 1024 * 1024, 8 * 1024 * 1024);
        var (shelf, kept) = (new Shelf(list), 16 * 1024 * 1024 / list.Length);
        await using var edge = await StartAsync(shelf);
        var lists = edge.Get<RevocationLists>();

        for (var shard = 0; shard <= kept; shard++)
        {
            await FindAsync(lists, MakeGeneration(issuer, shard));
            _time.Advance(TimeSpan.FromMinutes(1));
        }

        for (var shard = kept; shard > 0; shard--) await FindAsync(lists, MakeGeneration(issuer, shard));
        Assert.Equal(kept + 1, shelf.Fetched.Count);
        await FindAsync(lists, MakeGeneration(issuer, 0));
        Assert.Equal(kept + 2, shelf.Fetched.Count);
    }

    /// <summary>Else a list that came last and ends first would be fetched anew for each certificate that names it.</summary>
    [Fact]
    public async Task The_one_that_was_fetched_last_makes_room_for_nobody()
    {
        using var issuer = MakeIssuer();
        var shelf = new Shelf(MakeLong(issuer)) { Others = { ["http://crl.ca.test/9.crl"] = MakeLong(issuer, lasts: TimeSpan.FromHours(2)) } };
        await using var edge = await StartAsync(shelf);
        var lists = edge.Get<RevocationLists>();

        foreach (var shard in (int[])[0, 1, 2, 9, 9, 9]) await FindAsync(lists, MakeGeneration(issuer, shard));

        Assert.Equal(4, shelf.Fetched.Count);
    }

    private Task<Edge> StartAsync(Shelf shelf) => Edge.StartAsync(_time, new TestCa(_time), _settings, new TestStore(_time), [], () => shelf);

    private Task<AcmeRevocationReason?> FindAsync(RevocationLists lists, Generation certificate) => lists.FindAsync(_settings.Provider, certificate.Label, RevocationPoint.Of(certificate)!, Token);

    private static X509Certificate2 MakeIssuer(string name = "CN=Test issuer")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.CrlSign | X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(10));
    }

    private static byte[] MakeList(X509Certificate2 issuer, int length, int serialLength = 12, TimeSpan? lasts = null)
    {
        var list = new CertificateRevocationListBuilder();
        for (var serial = 0; serial < length; serial++) list.AddEntry(SerialOf(serial, serialLength), Now);
        return list.Build(issuer, BigInteger.One, Now + (lasts ?? TimeSpan.FromDays(3)), HashAlgorithmName.SHA256, thisUpdate: Now);
    }

    /// <summary>Of few entries: whatever writes one copies all that is written already.</summary>
    private static byte[] MakeLong(X509Certificate2 issuer, TimeSpan? lasts = null) => MakeList(issuer, 80, serialLength: 60_000, lasts);

    private static byte[] SerialOf(int number, int length = 12) => [0x01, (byte)(number >> 16), (byte)(number >> 8), (byte)number, .. new byte[length - 4]];

    private static Generation MakeGeneration(X509Certificate2 issuer, int shard, byte[]? serial = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=x", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([$"http://crl.ca.test/{shard}.crl"]));
        using var leaf = request.Create(issuer, Now, Now.AddDays(90), serial ?? [0x00, 0x80]);
        var chain = new CertificateChain(leaf.RawData, [issuer.RawData], [], KeyFamily.Ecdsa, Now, Now.AddDays(90));
        return new Generation("shop.test", $"20261123T120000Z-{shard:x8}", chain, default, new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, Now));
    }

    /// <summary>The CA's lists.</summary>
    private sealed class Shelf(byte[] list) : HttpMessageHandler
    {
        public List<string> Fetched { get; } = [];

        public Dictionary<string, byte[]> Others { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Fetched.Add(request.RequestUri!.AbsoluteUri);
            var content = new ByteArrayContent(Others.GetValueOrDefault(request.RequestUri.AbsoluteUri, list));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/pkix-crl");
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = content, RequestMessage = request });
        }
    }
}
