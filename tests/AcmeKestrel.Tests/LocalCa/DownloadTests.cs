using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.LocalCa;
using AcmeKestrel.LocalCa.Issuing;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>RFC 8555 section 7.4.2: the chain, its alternates, and how they are written.</summary>
public sealed class DownloadTests
{
    [Fact]
    public async Task Each_chain_ends_in_a_root_of_its_own()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { AlternateChains = 2 });
        var url = await ca.IssueAsync("shop.test");

        Assert.Equal(3, ca.Ca.Roots.Count);
        Assert.Equal(ca.Ca.Root, ca.Ca.Roots[0]);
        var leaves = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem((await ca.Client.ReadAsync(i == 0 ? url : $"{url}/{i}")).Body);
            Assert.Equal(2, chain.Count);
            leaves.Add(chain[0].Thumbprint);
            for (var root = 0; root < 3; root++) Assert.Equal(root == i, Verifies(chain, ca.Ca.Roots[root], ca.Time.GetUtcNow()));
        }

        Assert.Single(leaves);
        Assert.Equal(404, (await ca.Client.ReadAsync($"{url}/3")).Status);
        Assert.Equal(404, (await ca.Client.ReadAsync($"{url}/0")).Status);
        Assert.Equal(404, (await ca.Client.ReadAsync($"{url}/x")).Status);
    }

    [Fact]
    public void Every_root_and_intermediate_is_held_to_local_names_and_named_by_its_key()
    {
        var hierarchy = Hierarchy.Create(DateTimeOffset.UnixEpoch.AddYears(56)).WithAlternates(2, DateTimeOffset.UnixEpoch.AddYears(56));
        var constraints = NameConstraints.Loopback().RawData;

        Assert.All([hierarchy.Root, hierarchy.Intermediate, .. hierarchy.Alternates.SelectMany(a => new[] { a.Root, a.Intermediate })], certificate =>
        {
            var found = certificate.Extensions.Single(e => e.Oid!.Value == NameConstraints.Oid);
            Assert.True(found.Critical);
            Assert.Equal(constraints, found.RawData);
        });
        Assert.All(hierarchy.Alternates, alternate =>
        {
            Assert.Equal(hierarchy.Intermediate.SubjectName.RawData, alternate.Intermediate.SubjectName.RawData);
            Assert.Equal(hierarchy.Intermediate.PublicKey.ExportSubjectPublicKeyInfo(), alternate.Intermediate.PublicKey.ExportSubjectPublicKeyInfo());
            Assert.Equal(KeyOf(hierarchy.Intermediate), KeyOf(alternate.Intermediate));
            Assert.Equal(KeyOf(alternate.Root), IssuerKeyOf(alternate.Intermediate));
            Assert.Equal(alternate.Root.SubjectName.RawData, alternate.Intermediate.IssuerName.RawData);
            Assert.False(alternate.Intermediate.HasPrivateKey);
        });
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new LeafIssuer(hierarchy).Issue(new PublicKey(key), [new("dns", "shop.test")], DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromDays(1));
        Assert.Equal(KeyOf(hierarchy.Intermediate), IssuerKeyOf(leaf));
    }

    [Theory]
    [InlineData(LocalCaLinkForm.Separate, "<{0}/1>;rel=\"alternate\"", "<{0}/2>;rel=\"alternate\"")]
    [InlineData(LocalCaLinkForm.OneHeader, "<{0}/1>;rel=\"alternate\", <{0}/2>;rel=\"alternate\"")]
    [InlineData(LocalCaLinkForm.Relative, "<{1}/1>;rel=\"alternate\"", "<{1}/2>;rel=\"alternate\"")]
    public async Task The_default_chain_links_to_the_others(LocalCaLinkForm form, params string[] expected)
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { AlternateChains = 2, AlternateLinks = form });
        var url = await ca.IssueAsync("shop.test");

        var links = Alternates(await ca.Client.ReadAsync(url));
        Assert.Equal(expected.Select(e => e.Replace("{0}", url, StringComparison.Ordinal).Replace("{1}", url[(url.LastIndexOf('/') + 1)..], StringComparison.Ordinal)), links);
    }

    [Fact]
    public async Task An_alternate_chain_links_to_the_default_and_relative_targets_resolve()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { AlternateChains = 2, AlternateLinks = LocalCaLinkForm.Relative });
        var url = await ca.IssueAsync("shop.test");

        var targets = Alternates(await ca.Client.ReadAsync($"{url}/1")).Select(link => link[1..link.IndexOf('>', StringComparison.Ordinal)]).ToList();
        Assert.All(targets, target => Assert.DoesNotContain("://", target, StringComparison.Ordinal));
        Assert.Equal([url, $"{url}/2"], targets.Select(target => new Uri(new Uri($"{url}/1"), target).OriginalString));
    }

    [Fact]
    public async Task Without_alternates_there_are_no_links()
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        var url = await ca.IssueAsync("shop.test");

        Assert.Empty(Alternates(await ca.Client.ReadAsync(url)));
        Assert.Single(ca.Ca.Roots);
        Assert.Equal(404, (await ca.Client.ReadAsync($"{url}/1")).Status);
    }

    [Theory]
    [InlineData(LocalCaPemForm.Plain, "^-----BEGIN.*-----\\n-----BEGIN.*-----\\n$")]
    [InlineData(LocalCaPemForm.Crlf, "^(-----BEGIN[^\\n]*\\r\\n([^\\n]*\\r\\n)+){2}$")]
    [InlineData(LocalCaPemForm.WithText, "^#[^\\n]*\\n-----BEGIN.*-----\\n\\n#[^\\n]*\\n-----BEGIN.*-----\\n\\n#[^\\n]*\\n$")]
    [InlineData(LocalCaPemForm.NoFinalNewline, "^-----BEGIN.*-----\\n-----BEGIN.*-----$")]
    public async Task Each_form_holds_the_same_certificates(LocalCaPemForm form, string shape)
    {
        await using var ca = await TestCaOverHttp.StartAsync();
        var url = await ca.IssueAsync("shop.test");
        var plain = (await ca.Client.ReadAsync(url)).Body;
        ca.Options.ChainForm = form;
        var written = (await ca.Client.ReadAsync(url)).Body;

        Assert.Matches($"(?s){shape.Replace("$", "\\z", StringComparison.Ordinal)}", written);
        Assert.DoesNotMatch(form == LocalCaPemForm.Crlf ? "[^\\r]\\n" : "\\r", written);
        Assert.Equal(Thumbprints(plain), Thumbprints(written));
    }

    [Fact]
    public async Task The_first_downloads_of_each_certificate_miss_where_a_test_wants_it()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { DownloadMisses = 2 });
        foreach (var name in new[] { "a.test", "b.test" })
        {
            var url = await ca.IssueAsync(name);
            var replies = new List<Reply>();
            for (var i = 0; i < 4; i++) replies.Add(await ca.Client.ReadAsync(url));

            Assert.Equal([404, 404, 200, 200], replies.Select(r => r.Status));
            Assert.Equal("malformed", replies[0].Problem);
        }
    }

    [Fact]
    public async Task A_stranger_gets_no_chain_and_spends_no_miss()
    {
        await using var ca = await TestCaOverHttp.StartAsync(new LocalCaServerOptions { DownloadMisses = 1 });
        var url = await ca.IssueAsync("a.test");
        using var stranger = ca.NewClient();
        await stranger.RegisterAsync();

        Assert.Equal("unauthorized", (await stranger.ReadAsync(url)).Problem);
        Assert.Equal(404, (await ca.Client.ReadAsync(url)).Status);
        Assert.Equal(200, (await ca.Client.ReadAsync(url)).Status);
    }

    private static List<string> Alternates(Reply reply) => [.. reply.Headers["Link"].Where(link => link.Contains("alternate", StringComparison.Ordinal))];

    private static IEnumerable<string> Thumbprints(string pem)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        return chain.Select(c => c.Thumbprint);
    }

    private static string KeyOf(X509Certificate2 certificate) => certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifier!;

    private static string IssuerKeyOf(X509Certificate2 certificate) =>
        Convert.ToHexString(certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span);

    private static bool Verifies(X509Certificate2Collection chain, X509Certificate2 root, DateTimeOffset now)
    {
        using var check = new X509Chain();
        check.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        check.ChainPolicy.CustomTrustStore.Add(root);
        check.ChainPolicy.ExtraStore.Add(chain[1]);
        check.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        check.ChainPolicy.VerificationTime = now.AddMinutes(1).UtcDateTime;
        return check.Build(chain[0]);
    }
}
