namespace AcmeKestrel.CommandLine.Importing;

/// <summary>acmetool's <c>/var/lib/acme</c>: <c>live/&lt;host&gt;</c> links to <c>certs/&lt;id&gt;/</c>, which links to its key and its account; <c>accounts/&lt;directory, escaped&gt;/&lt;id&gt;/privkey</c>.</summary>
internal static class AcmetoolFolder
{
    public const string Usual = "/var/lib/acme";

    public static Installation Read(ForeignFolder folder)
    {
        var hosts = new List<(string Host, string Id)>();
        foreach (var host in folder.Names("live"))
        {
            if (folder.Resolve("live", host) is not { } target) continue;
            if (target is ["certs", var id]) hosts.Add((host, id));
            else folder.Blame(folder.PathOf("live", host), "links to no certificate of certs/");
        }

        var wished = folder.Names("desired").ToHashSet(StringComparer.Ordinal);
        var certificates = new List<FoundCertificate>();
        foreach (var live in hosts.GroupBy(known => known.Id, known => known.Host))
        {
            if (ReadCertificate(folder, live.Key, live.FirstOrDefault(wished.Contains) ?? live.First()) is { } certificate) certificates.Add(certificate);
        }

        var served = hosts.Select(known => known.Host).ToHashSet(StringComparer.Ordinal);
        foreach (var wish in wished.Where(wish => !served.Contains(wish) && !IsServed(folder, wish, served)).Order(StringComparer.Ordinal)) folder.Blame(folder.PathOf("desired", wish), "has no certificate in live/: where it is missed, wish it by 'acme want'");

        var accounts = ReadAccounts(folder);
        var used = certificates.Select(certificate => certificate.Account).ToHashSet(StringComparer.Ordinal);
        return new Installation([.. accounts.OrderBy(account => !used.Contains(account.Path))], certificates, folder.Faults);
    }

    /// <summary>A target's names stand in its YAML, an item each; its file has a name of acmetool's making then.</summary>
    private static bool IsServed(ForeignFolder folder, string wish, HashSet<string> served) =>
        folder.Read("desired", wish) is { } text && text.Split('\n').Any(line => line.TrimStart().StartsWith('-') && served.Contains(line.Trim(' ', '-', '"', '\'', '\r')));

    private static FoundCertificate? ReadCertificate(ForeignFolder folder, string id, string label)
    {
        if (folder.Has("certs", id, "revoked") || folder.Has("certs", id, "revoke") || folder.Has("certs", id, "selfsigned"))
        {
            folder.Blame(folder.PathOf("certs", id), "is revoked, to be revoked, or nobody's but its own");
            return null;
        }

        if (folder.Read("certs", id, "fullchain") is not { } chain || folder.Read("certs", id, "privkey") is not { } key) return null;
        if (folder.Resolve("certs", id, "account") is not ["accounts", var directory, var account])
        {
            folder.Blame(folder.PathOf("certs", id, "account"), "is no account of accounts/: nobody knows which CA issued the certificate");
            return null;
        }

        return new FoundCertificate(folder.PathOf("certs", id, "fullchain"), label, chain, key, DirectoryOf(directory), folder.PathOf("accounts", directory, account, "privkey"));
    }

    private static List<FoundAccount> ReadAccounts(ForeignFolder folder)
    {
        var accounts = new List<FoundAccount>();
        foreach (var directory in folder.Names("accounts"))
        {
            foreach (var account in folder.Names("accounts", directory))
            {
                if (folder.Read("accounts", directory, account, "privkey") is { } key) accounts.Add(new FoundAccount(folder.PathOf("accounts", directory, account, "privkey"), DirectoryOf(directory), key, Email: null));
            }
        }

        return accounts;
    }

    /// <summary>Its URL, escaped so that it is one name, without https.</summary>
    private static string DirectoryOf(string escaped) => Uri.UnescapeDataString(escaped) is var text && text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
}
