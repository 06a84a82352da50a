using System.Text.Json;
using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Apis;

/// <summary>
/// A server of acme-dns, which has one account for each name and keeps the last two values of it. It is never registered with: another account is another CNAME record, which only the operator can set.
/// </summary>
internal sealed class AcmeDnsProvider(AcmeDnsAccount? account, string? accountsFile, JsonApi api) : IDnsProvider
{
    private const string FileKey = "AccountsFile";

    public static AcmeDnsProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = ApiKeys.ReadUrl(configuration, "Endpoint");
        var file = configuration.Find(FileKey);
        if (file is not null && !Path.IsPathFullyQualified(file)) configuration.Refuse(FileKey, $"'{file}' is no absolute path.");
        AcmeDnsAccount? account = null;
        if (file is null) account = new AcmeDnsAccount(configuration.Read("Username"), configuration.ReadSecret("Password"), configuration.Read("Subdomain"), configuration.Find("FullDomain")?.TrimEnd('.').ToLowerInvariant());
        return new AcmeDnsProvider(account, file, new JsonApi($"The acme-dns server {endpoint.Authority}", endpoint, transport, answer => answer.Body.Text("error")));
    }

    public async Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var found = Find(record);
        var password = found.Password.Read();
        var body = new JsonObject { ["subdomain"] = found.Subdomain, ["txt"] = record.Value };
        await api.AskAsync($"set {record.Name}", HttpMethod.Post, "/update", body, ApiCredentials.Of([password], ("X-Api-User", found.Username), ("X-Api-Key", password)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The server knows no way; a value goes when two others have come.</summary>
    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Nothing can be asked without setting something; that the account is there is known.</summary>
    public Task CheckAsync(DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        try
        {
            Find(record).Password.Read();
            return Task.CompletedTask;
        }
        catch (Exception missing) when (missing is DnsProviderException or AcmeSecretException)
        {
            return Task.FromException(missing);
        }
    }

    private AcmeDnsAccount Find(DnsChallengeRecord record)
    {
        var found = account ?? FindInFile(record.Domain);

        // Where aliases are not followed the name is still the domain's own, and nothing can be said.
        if (found.FullDomain is { } full && record.Name != full && record.Name != $"_acme-challenge.{record.Domain}") throw new DnsProviderException($"_acme-challenge.{record.Domain} leads to {record.Name}, and this acme-dns account writes {full}: the CNAME record is another account's");
        return found;
    }

    /// <summary>As lego and acme-dns-client keep it: an object with an account for each domain.</summary>
    private AcmeDnsAccount FindInFile(string domain)
    {
        try
        {
            using var document = JsonDocument.Parse(AcmeSecret.InFile(accountsFile!).Read());
            var entry = document.RootElement.Member(domain);
            if (entry.Text("username") is { } user && entry.Text("password") is { } password && entry.Text("subdomain") is { } subdomain)
                return new AcmeDnsAccount(user, AcmeSecret.Of(password), subdomain, entry.Text("fulldomain")?.TrimEnd('.').ToLowerInvariant());
        }
        catch (JsonException)
        {
            throw new DnsProviderException($"The accounts in '{accountsFile}' are no JSON");
        }

        throw new DnsProviderException($"There is no acme-dns account for {domain} in '{accountsFile}': register one with the server, put it there and set the CNAME record _acme-challenge.{domain}");
    }
}

/// <param name="FullDomain">Where its records stand; null: not said.</param>
internal sealed record AcmeDnsAccount(string Username, AcmeSecret Password, string Subdomain, string? FullDomain);
