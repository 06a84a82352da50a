using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AcmeKestrel.Certificates;
using AcmeKestrel.CommandLine.Importing;
using AcmeKestrel.Protocol;
using AcmeKestrel.Tests.Certificates;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>What LettuceEncrypt's PersistDataToDirectory leaves.</summary>
public sealed class ImportLettuceEncryptTests : ImportScene
{
    [Fact]
    public async Task A_pfx_and_its_account_are_taken_over()
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test", "www.shop.test");
        Write(["password"], "secret\nignored\n");
        AsPfx("new.pfx", chain, key, "secret");
        Write(["accounts", "ca.test", "directory", "0.json"], JsonSerializer.Serialize(new { id = 0, emailAddresses = new[] { "ops@example.com" }, privateKey = DerOf(account) }));

        var said = await AcmeAsync("import", "lettuceencrypt", "--from", Foreign, "--password-file", Path.Combine(Foreign, "password"));

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("shop.test (shop.test, www.shop.test, valid until", said.Text, StringComparison.Ordinal);
        Assert.Contains("take its package out", said.Text, StringComparison.Ordinal);
        Assert.Equal(chain, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token));
        Assert.Equal(account, await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(Path.Combine(State, "accounts", "ca.test_directory"), "privkey", SearchOption.AllDirectories)), Token));
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task What_cannot_be_opened_is_told_and_of_the_same_names_the_newest_counts()
    {
        var (older, olderKey, account) = await OrderElsewhereAsync("shop.test");
        var key = CertificateKey.Create(AcmeKeyType.P256);
        var (newer, newerKey) = (TestChain.CreatePem(key, "shop.test").Replace("\n\n", "\n", StringComparison.Ordinal), CertificateKey.ToPem(key));
        AsPfx("b.pfx", older, olderKey, password: null);
        AsPfx("a.pfx", newer, newerKey, password: null);
        AsPfx("locked.pfx", newer, newerKey, "secret");
        Write(["certs", "junk.pfx"], "junk");
        Write(["accounts", "ca.test", "directory", "0.json"], JsonSerializer.Serialize(new { id = 0, privateKey = DerOf(account) }));
        Write(["accounts", "ca.test", "directory", "1.json"], "[]");

        var found = LettuceEncryptFolder.Read(new ForeignFolder(Foreign), password: null);

        Assert.Equal(newer, Assert.Single(found.Certificates).Chain);
        Assert.Equal("https://ca.test/directory", found.Certificates[0].Directory);
        Assert.Equal("", Assert.Single(found.Accounts).Email);
        Assert.Equal(["1.json", "junk.pfx", "locked.pfx"], found.Faults.Select(fault => Path.GetFileName(fault.Path)).Order());
    }

    private static byte[] DerOf(string account)
    {
        using var key = AcmeAccountKey.FromPem(account);
        return System.Security.Cryptography.PemEncoding.Find(key.ToPem()) is var fields ? Convert.FromBase64String(key.ToPem()[fields.Base64Data]) : [];
    }

    private void AsPfx(string name, string chain, string key, string? password)
    {
        X509Certificate2Collection all = [];
        all.ImportFromPem(chain);
        using var leaf = X509Certificate2.CreateFromPem(chain, key);
        all.RemoveAt(0);
        all.Insert(0, leaf);
        Directory.CreateDirectory(Path.Combine(Foreign, "certs"));
        File.WriteAllBytes(Path.Combine(Foreign, "certs", name), all.Export(X509ContentType.Pfx, password)!);
        foreach (var certificate in all) certificate.Dispose();
    }
}
