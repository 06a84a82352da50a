namespace AcmeKestrel.CommandLine.Importing;

/// <summary>certbot's <c>/etc/letsencrypt</c>: <c>renewal/&lt;name&gt;.conf</c> says what is renewed and with which account, <c>live/&lt;name&gt;/</c> has the links to the newest files.</summary>
internal static class CertbotFolder
{
    public const string Usual = "/etc/letsencrypt";

    /// <summary>A CA's directory has few parts in its path, and an account's folder stands below them.</summary>
    private const int Depth = 8;

    private const string Suffix = ".conf";
    private const string KeyFile = "private_key.json";

    public static Installation Read(ForeignFolder folder)
    {
        var certificates = new List<FoundCertificate>();
        foreach (var file in folder.Names("renewal").Where(name => name.EndsWith(Suffix, StringComparison.Ordinal)))
        {
            if (ReadCertificate(folder, file) is { } certificate) certificates.Add(certificate);
        }

        var accounts = new List<FoundAccount>();
        AddAccounts(folder, ["accounts"], accounts);
        var used = certificates.Select(certificate => certificate.Account).ToHashSet(StringComparer.Ordinal);
        return new Installation([.. accounts.OrderBy(account => !used.Contains(account.Path))], certificates, folder.Faults);
    }

    private static FoundCertificate? ReadCertificate(ForeignFolder folder, string file)
    {
        var name = file[..^Suffix.Length];
        if (folder.Read("renewal", file) is not { } text) return null;

        var settings = RenewalSettings(text);
        if (!settings.TryGetValue("server", out var server))
        {
            folder.Blame(folder.PathOf("renewal", file), "names no server");
            return null;
        }

        if (folder.Read("live", name, "fullchain.pem") is not { } chain || folder.Read("live", name, "privkey.pem") is not { } key) return null;

        var account = settings.TryGetValue("account", out var id) && Uri.TryCreate(server, UriKind.Absolute, out var url)
            ? folder.PathOf(["accounts", url.Authority, .. url.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries), id, KeyFile])
            : null;
        return new FoundCertificate(folder.PathOf("live", name, "fullchain.pem"), name, chain, key, server, account);
    }

    /// <summary>The section <c>[renewalparams]</c>, up to the ones below it.</summary>
    private static Dictionary<string, string> RenewalSettings(string text)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        var isInside = false;
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('[')) isInside = line == "[renewalparams]";
            else if (isInside && !line.StartsWith('#') && line.Split('=', 2) is [var key, var value]) settings[key.Trim()] = value.Trim();
        }

        return settings;
    }

    /// <summary>The folders above an account's are the directory's URL without its scheme.</summary>
    private static void AddAccounts(ForeignFolder folder, IReadOnlyList<string> at, List<FoundAccount> accounts)
    {
        if (at.Count > Depth) return;

        foreach (var name in folder.Names(at))
        {
            IReadOnlyList<string> below = [.. at, name];
            if (!folder.Has([.. below, KeyFile])) AddAccounts(folder, below, accounts);
            else if (at.Count > 1 && folder.Read([.. below, KeyFile]) is { } key) accounts.Add(new FoundAccount(folder.PathOf([.. below, KeyFile]), $"https://{string.Join('/', at.Skip(1))}", key, EmailOf(folder, below)));
        }
    }

    /// <summary>certbot keeps what the CA said, and most CAs say nothing of it.</summary>
    private static string? EmailOf(ForeignFolder folder, IReadOnlyList<string> account)
    {
        IReadOnlyList<string> file = [.. account, "regr.json"];
        return folder.Has(file) && folder.Read(file) is { } text ? RegistrationJson.EmailOf(text, "body") : null;
    }
}
