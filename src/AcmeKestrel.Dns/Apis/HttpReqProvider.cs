using System.Text.Json.Nodes;
using AcmeKestrel.Dns.Http;

namespace AcmeKestrel.Dns.Apis;

/// <summary>A server of the operator's, by lego's protocol for such servers: POST to <c>/present</c> and <c>/cleanup</c>.</summary>
internal sealed class HttpReqProvider(bool isRaw, string? user, AcmeSecret? password, JsonApi api) : IDnsProvider
{
    public static HttpReqProvider Create(AcmeComponentConfiguration configuration, ApiTransport transport)
    {
        var endpoint = ApiKeys.ReadUrl(configuration, "Endpoint");
        var isRaw = configuration.Choose("Mode", "Default", "RAW") == "RAW";
        var (user, password) = (configuration.Find("Username"), configuration.FindSecret("Password"));
        if (user is not null && password is null) configuration.Refuse("Password", "is missing beside Username; PasswordFile may name a file that holds it.");
        if (user is null && password is not null) configuration.Refuse("Username", "is missing beside the password.");
        return new HttpReqProvider(isRaw, user, password, new JsonApi($"The server {endpoint.Authority}", endpoint, transport, answer => answer.Text));
    }

    public Task AddAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => PostAsync("present", record, cancellationToken);

    public Task RemoveAsync(DnsChallengeRecord record, CancellationToken cancellationToken) => PostAsync("cleanup", record, cancellationToken);

    private async Task PostAsync(string action, DnsChallengeRecord record, CancellationToken cancellationToken)
    {
        var body = isRaw
            ? new JsonObject { ["domain"] = record.Domain, ["token"] = record.Token, ["keyAuth"] = record.KeyAuthorization }
            : new JsonObject { ["fqdn"] = $"{record.Name}.", ["value"] = record.Value };
        var credentials = user is null || password is null ? ApiCredentials.None : ApiCredentials.Basic(user, password.Read());
        await api.AskAsync($"{action} {record.Name}", HttpMethod.Post, $"/{action}", body, credentials, cancellationToken).ConfigureAwait(false);
    }
}
