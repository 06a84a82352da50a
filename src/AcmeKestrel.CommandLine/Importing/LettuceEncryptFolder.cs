using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace AcmeKestrel.CommandLine.Importing;

/// <summary>
/// What LettuceEncrypt's <c>PersistDataToDirectory</c> leaves: <c>certs/&lt;thumbprint&gt;.pfx</c>, none of which it ever removes and none of which says which CA it is of, and <c>accounts/&lt;directory without https&gt;/&lt;id&gt;.json</c>.
/// </summary>
internal static class LettuceEncryptFolder
{
    private const string Production = "https://acme-v02.api.letsencrypt.org/directory";
    private const string Staging = "https://acme-staging-v02.api.letsencrypt.org/directory";
    private const int Depth = 8;

    /// <param name="password">Of the PFX files; null: they have none.</param>
    public static Installation Read(ForeignFolder folder, string? password)
    {
        var accounts = new List<FoundAccount>();
        AddAccounts(folder, ["accounts"], accounts);
        var certificates = new List<(X509Certificate2 Leaf, FoundCertificate Found)>();
        try
        {
            foreach (var file in folder.Names("certs").Where(name => name.EndsWith(".pfx", StringComparison.OrdinalIgnoreCase)))
            {
                if (ReadCertificate(folder, file, password, accounts) is { } certificate) certificates.Add(certificate);
            }

            // The newest of each set of names.
            var newest = certificates.GroupBy(one => string.Join(' ', NamesOf(one.Leaf).Order(StringComparer.Ordinal)), one => one, (_, same) => same.MaxBy(one => one.Leaf.NotBefore).Found);
            return new Installation(accounts, [.. newest], folder.Faults);
        }
        finally
        {
            foreach (var (leaf, _) in certificates) leaf.Dispose();
        }
    }

    private static (X509Certificate2 Leaf, FoundCertificate Found)? ReadCertificate(ForeignFolder folder, string file, string? password, List<FoundAccount> accounts)
    {
        var path = folder.PathOf("certs", file);
        if (folder.ReadBytes("certs", file) is not { } content) return null;

        X509Certificate2Collection all = [];
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(content, password, X509KeyStorageFlags.Exportable);
            var leaf = all.FirstOrDefault(certificate => certificate.HasPrivateKey);
            if (leaf is null || NamesOf(leaf).FirstOrDefault() is not { } label || KeyOf(leaf) is not { } key)
            {
                folder.Blame(path, "has no certificate with a key and a name");
                return null;
            }

            var directory = DirectoryOf(leaf, accounts);
            var found = new FoundCertificate(path, label, ChainOf(leaf, all), key, directory, accounts.Find(account => account.Directory == directory)?.Path);
            return (X509CertificateLoader.LoadCertificate(leaf.RawData), found);
        }
        catch (CryptographicException wrong)
        {
            folder.Blame(path, $"cannot be opened: {wrong.Message} (--password-file names the file with its password)");
            return null;
        }
        finally
        {
            foreach (var certificate in all) certificate.Dispose();
        }
    }

    /// <summary>Mostly the file has the leaf alone, and the rest is where that says its issuer is (RFC 5280 section 4.2.2.1).</summary>
    private static string ChainOf(X509Certificate2 leaf, X509Certificate2Collection all)
    {
        using var chain = new X509Chain { ChainPolicy = { RevocationMode = X509RevocationMode.NoCheck, UrlRetrievalTimeout = TimeSpan.FromSeconds(10), VerificationFlags = X509VerificationFlags.AllFlags } };
        chain.ChainPolicy.ExtraStore.AddRange(all);
        chain.Build(leaf);
        return string.Concat(chain.ChainElements.Select(element => element.Certificate).Where((certificate, place) => place == 0 || certificate.Subject != certificate.Issuer).Select(certificate => certificate.ExportCertificatePem() + "\n"));
    }

    private static string? KeyOf(X509Certificate2 leaf)
    {
        using var key = (AsymmetricAlgorithm?)leaf.GetRSAPrivateKey() ?? leaf.GetECDsaPrivateKey();
        return key?.ExportPkcs8PrivateKeyPem();
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 leaf) => leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames());

    /// <summary>The one with an account; staging certificates say what they are.</summary>
    private static string DirectoryOf(X509Certificate2 leaf, List<FoundAccount> accounts)
    {
        var isStaging = leaf.Issuer.Contains("STAGING", StringComparison.OrdinalIgnoreCase);
        var known = accounts.Select(account => account.Directory).Distinct(StringComparer.Ordinal).ToList();
        return known is [var only] ? only : known.Find(directory => directory.Contains("staging", StringComparison.OrdinalIgnoreCase) == isStaging) ?? (isStaging ? Staging : Production);
    }

    private static void AddAccounts(ForeignFolder folder, IReadOnlyList<string> at, List<FoundAccount> accounts)
    {
        if (at.Count > Depth) return;

        foreach (var name in folder.Names(at))
        {
            IReadOnlyList<string> below = [.. at, name];
            if (!name.EndsWith(".json", StringComparison.Ordinal)) AddAccounts(folder, below, accounts);
            else if (at.Count > 1 && folder.Read(below) is { } text && ReadAccount(folder.PathOf(below), text, $"https://{string.Join('/', at.Skip(1))}", folder) is { } account) accounts.Add(account);
        }
    }

    private static FoundAccount? ReadAccount(string path, string text, string directory, ForeignFolder folder)
    {
        try
        {
            var account = JsonSerializer.Deserialize(text, LettuceEncryptJson.Default.LettuceEncryptAccount);
            if (account?.PrivateKey is { Length: > 0 } key) return new FoundAccount(path, directory, PemEncoding.WriteString("PRIVATE KEY", key), account.EmailAddresses is [var first, ..] ? first : "");
        }
        catch (JsonException)
        {
            // Told below.
        }

        folder.Blame(path, "is no account with a key");
        return null;
    }
}
