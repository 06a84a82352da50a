namespace AcmeKestrel.CommandLine.Importing;

/// <summary>lego's <c>.lego</c> (up to version 4): <c>certificates/&lt;name&gt;.{crt,key,json}</c>, <c>accounts/&lt;host&gt;/&lt;mail&gt;/</c>. Of the CA only its host is kept.</summary>
internal static class LegoFolder
{
    public const string Usual = ".lego";

    private const string Chain = ".crt";
    private const string Issuer = ".issuer.crt";

    /// <summary>What lego calls the account of nobody.</summary>
    private const string NoEmail = "noemail@example.com";

    public static Installation Read(ForeignFolder folder)
    {
        var accounts = ReadAccounts(folder);
        var certificates = new List<FoundCertificate>();
        foreach (var file in folder.Names("certificates").Where(name => name.EndsWith(Chain, StringComparison.Ordinal) && !name.EndsWith(Issuer, StringComparison.Ordinal)))
        {
            if (ReadCertificate(folder, file[..^Chain.Length], accounts) is { } certificate) certificates.Add(certificate);
        }

        var used = certificates.Select(certificate => certificate.Account).ToHashSet(StringComparer.Ordinal);
        return new Installation([.. accounts.OrderBy(account => !used.Contains(account.Path))], certificates, folder.Faults);
    }

    private static FoundCertificate? ReadCertificate(ForeignFolder folder, string name, List<FoundAccount> accounts)
    {
        if (folder.Read("certificates", $"{name}{Chain}") is not { } chain || folder.Read("certificates", $"{name}.key") is not { } key) return null;

        // With --no-bundle the leaf stands alone.
        if (!chain.AsSpan()[(chain.IndexOf("-----END ", StringComparison.Ordinal) + 1)..].Contains("-----BEGIN ", StringComparison.Ordinal) && folder.Has("certificates", $"{name}{Issuer}")) chain += folder.Read("certificates", $"{name}{Issuer}");

        var resource = folder.Has("certificates", $"{name}.json") ? folder.Read("certificates", $"{name}.json") ?? "" : "";
        var host = Uri.TryCreate(RegistrationJson.TextOf(resource, "certUrl"), UriKind.Absolute, out var url) ? url.Authority : null;
        var account = host is null && accounts.Count == 1 ? accounts[0] : accounts.Find(known => known.Directory.Replace('_', ':').Equals(host, StringComparison.OrdinalIgnoreCase));
        if ((host ?? account?.Directory) is not { } directory)
        {
            folder.Blame(folder.PathOf("certificates", $"{name}{Chain}"), "does not say which CA issued it");
            return null;
        }

        return new FoundCertificate(folder.PathOf("certificates", $"{name}{Chain}"), RegistrationJson.TextOf(resource, "domain") ?? name, chain, key, directory, account?.Path);
    }

    private static List<FoundAccount> ReadAccounts(ForeignFolder folder)
    {
        var accounts = new List<FoundAccount>();
        foreach (var host in folder.Names("accounts"))
        {
            foreach (var mail in folder.Names("accounts", host))
            {
                if (folder.Names("accounts", host, mail, "keys").FirstOrDefault(name => name.EndsWith(".key", StringComparison.Ordinal)) is not { } file) continue;
                if (folder.Read("accounts", host, mail, "keys", file) is { } key) accounts.Add(new FoundAccount(folder.PathOf("accounts", host, mail, "keys", file), host, key, mail == NoEmail ? "" : mail));
            }
        }

        return accounts;
    }
}
