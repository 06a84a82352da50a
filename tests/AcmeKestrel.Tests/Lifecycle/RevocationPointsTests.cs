using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Revoking;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What is kept of a certificate that was read once says what the certificate does.</summary>
public sealed class RevocationPointsTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    private static readonly PublicKey Key = MakeKey();

    private readonly RevocationPoints _points = new();
    private readonly X509Certificate2 _issuer = MakeIssuer();

    public void Dispose() => _issuer.Dispose();

    /// <summary>A serial number whose first bit is set has a byte before it in DER.</summary>
    [Theory]
    [InlineData("7f01")]
    [InlineData("0080")]
    public void What_is_found_is_what_was_read(string serial)
    {
        var generation = Make("shop.test", "http://crl.ca.test/1.crl", serial);
        Assert.False(_points.TryFind(FactsOf(generation), out _));

        var read = _points.Learn(FactsOf(generation), generation);

        Assert.True(_points.TryFind(FactsOf(generation), out var found));
        Assert.Equal((read!.Place, Convert.ToHexStringLower(read.Serial.Span)), (found!.Place, Convert.ToHexStringLower(found.Serial.Span)));
        Assert.Equal((serial, "http://crl.ca.test/1.crl"), (Convert.ToHexStringLower(found.Serial.Span), found.Place.Url.AbsoluteUri));
        Assert.Equal(_issuer.RawData, found.Place.Signer.ToArray());
        Assert.Equal(_issuer.SubjectName.RawData, found.Place.Issuer.ToArray());
    }

    [Fact]
    public void That_nobody_lists_it_is_kept_too()
    {
        var generation = Make("shop.test", null);

        Assert.Null(_points.Learn(FactsOf(generation), generation));

        Assert.True(_points.TryFind(FactsOf(generation), out var found));
        Assert.Null(found);
    }

    [Fact]
    public void Another_generation_is_read()
    {
        var generation = Make("shop.test", "http://crl.ca.test/1.crl");
        _points.Learn(FactsOf(generation), generation);

        Assert.False(_points.TryFind(FactsOf(generation with { Id = "20261201T120000Z-00000000" }), out _));
    }

    /// <summary>Its facts do not say its serial number then.</summary>
    [Fact]
    public void Without_a_renewal_id_it_is_read()
    {
        var generation = Make("shop.test", "http://crl.ca.test/1.crl");
        _points.Learn(FactsOf(generation), generation);

        Assert.False(_points.TryFind(FactsOf(generation) with { RenewalId = null }, out _));
    }

    [Fact]
    public void Certificates_of_one_list_share_what_is_kept_of_it()
    {
        Generation[] generations = [.. Enumerable.Range(0, 3).Select(i => Make($"n{i}.test", "http://crl.ca.test/1.crl", $"010{i}"))];
        foreach (var generation in generations) _points.Learn(FactsOf(generation), generation);

        var places = generations.Select(generation => _points.TryFind(FactsOf(generation), out var found) ? found!.Place : null).ToList();

        Assert.All(places, place => Assert.Same(places[0], place));
    }

    /// <summary>A CA that has a list for each certificate fills no memory.</summary>
    [Fact]
    public void Of_a_list_for_each_certificate_a_thousand_are_kept()
    {
        var generation = Make("shop.test", null);
        Generation[] generations = [.. Enumerable.Range(0, 1100).Select(i => generation with { Label = $"n{i}.test", Chain = generation.Chain with { Leaf = LeafWith($"http://crl.ca.test/{i}.crl", "0101") } })];
        foreach (var each in generations) _points.Learn(FactsOf(each), each);

        Assert.Equal(1024, generations.Count(each => _points.TryFind(FactsOf(each), out _)));

        // Labels that are gone make room.
        _points.Keep(label => label == "n0.test");
        Assert.Equal(1, generations.Count(each => _points.TryFind(FactsOf(each), out _)));
        _points.Learn(FactsOf(generations[^1]), generations[^1]);
        Assert.True(_points.TryFind(FactsOf(generations[^1]), out _));
    }

    private static CertificateFacts FactsOf(Generation generation) => GenerationRecord.FactsOf(generation);

    private Generation Make(string label, string? url, string serial = "0101")
    {
        var chain = new CertificateChain(LeafWith(url, serial), [_issuer.RawData], [AcmeIdentifier.Parse(label)], KeyFamily.P256, Now, Now.AddDays(90));
        return new Generation(label, "20261130T120000Z-00000000", chain, default, new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, Now));
    }

    private byte[] LeafWith(string? url, string serial)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=x"), Key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (url is not null) request.CertificateExtensions.Add(CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([url]));
        using var leaf = request.Create(_issuer, Now, Now.AddDays(90), Convert.FromHexString(serial));
        return leaf.RawData;
    }

    private static PublicKey MakeKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new PublicKey(key);
    }

    private static X509Certificate2 MakeIssuer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test issuer", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(10));
    }
}
