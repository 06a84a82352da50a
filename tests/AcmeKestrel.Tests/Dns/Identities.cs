using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

/// <summary>Where the vendors' libraries get credentials: an App Service's managed identity, a container's role, a service account's token endpoint. What points there is this process' environment, so there is one for all tests of a class.</summary>
public sealed class Identities : IAsyncLifetime
{
    public const string AzureToken = "azure-token";
    public const string GoogleToken = "google-token";
    public const string AwsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private readonly string _folder = Directory.CreateTempSubdirectory("acme-identities").FullName;
    private readonly Issuer _issuer = new();
    private LoopbackServer _server = null!;

    /// <summary>Of a service account.</summary>
    public string GoogleFile => Path.Combine(_folder, "google.json");

    public IReadOnlyCollection<string> Asked => _issuer.Asked;

    public async ValueTask InitializeAsync()
    {
        _server = await LoopbackServer.StartAsync(_issuer);
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", $"{_server.Url}/msi");
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", "identity-header");
        Environment.SetEnvironmentVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{_server.Url}/role");
        using var key = RSA.Create(2048);
        await File.WriteAllTextAsync(
            GoogleFile,
            new JsonObject { ["type"] = "service_account", ["project_id"] = "p1", ["private_key_id"] = "1", ["private_key"] = key.ExportPkcs8PrivateKeyPem(), ["client_email"] = "edge@p1.example.com", ["client_id"] = "1", ["token_uri"] = $"{_server.Url}/token" }.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { "IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AWS_CONTAINER_CREDENTIALS_FULL_URI" }) Environment.SetEnvironmentVariable(name, null);
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Issuer : HttpMessageHandler
    {
        public System.Collections.Concurrent.ConcurrentBag<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath;
            Asked.Add(path);
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            JsonObject? answer = path switch
            {
                "/msi" when request.Headers.GetValues("X-IDENTITY-HEADER").Single() == "identity-header" => new JsonObject { ["access_token"] = AzureToken, ["expires_on"] = DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), ["resource"] = "x", ["token_type"] = "Bearer" },
                "/role" => new JsonObject { ["AccessKeyId"] = "AKIDROLE", ["SecretAccessKey"] = AwsSecret, ["Token"] = "session-token", ["Expiration"] = DateTimeOffset.UtcNow.AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) },
                "/token" when body.Contains("assertion=", StringComparison.Ordinal) => new JsonObject { ["access_token"] = GoogleToken, ["expires_in"] = 3600, ["token_type"] = "Bearer" },
                _ => null,
            };
            return new HttpResponseMessage(answer is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK) { Content = new StringContent(answer?.ToJsonString() ?? "{}", Encoding.UTF8, "application/json") };
        }
    }
}
