using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.Dns;

/// <summary>Where the vendors' libraries get credentials: an App Service's managed identity, a container's role, a service account's token endpoint. What points there is this process' environment, so there is one for all tests of a class.</summary>
public sealed class Identities : IAsyncLifetime
{
    private static readonly string[] Variables = ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"];

    public const string AzureToken = "azure-token";
    public const string GoogleToken = "google-token";
    public const string AwsSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private readonly string _folder = Directory.CreateTempSubdirectory("acme-identities").FullName;
    private readonly Issuer _issuer = new();
    private readonly Dictionary<string, string?> _before = Variables.ToDictionary(name => name, Environment.GetEnvironmentVariable);
    private LoopbackServer? _server;

    /// <summary>Of a service account.</summary>
    public string GoogleFile => Path.Combine(_folder, "google.json");

    public IReadOnlyCollection<string> Asked => _issuer.Asked;

    public async ValueTask InitializeAsync()
    {
        _server = await LoopbackServer.StartAsync(_issuer);
        await BeAtAsync(_server.Url);
    }

    /// <summary>At a server of the caller's, until it is disposed of.</summary>
    internal static async Task<Identities> OfAsync(string url)
    {
        var identities = new Identities();
        await identities.BeAtAsync(url);
        return identities;
    }

    private async Task BeAtAsync(string url)
    {
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", $"{url}/msi");
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", "identity-header");
        Environment.SetEnvironmentVariable("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{url}/role");

        // It counts for nothing without keys beside it, but the library, which keeps for the process what it has found, looks anew when it changes.
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", url);
        Environment.SetEnvironmentVariable("GOOGLE_APPLICATION_CREDENTIALS", GoogleFile);
        await WriteGoogleFileAsync(GoogleFile, url);
    }

    /// <summary>A service account whose tokens are to be had there.</summary>
    internal static async Task WriteGoogleFileAsync(string path, string url)
    {
        using var key = RSA.Create(2048);
        await File.WriteAllTextAsync(
            path,
            new JsonObject { ["type"] = "service_account", ["project_id"] = "p1", ["private_key_id"] = "1", ["private_key"] = key.ExportPkcs8PrivateKeyPem(), ["client_email"] = "edge@p1.example.com", ["client_id"] = "1", ["token_uri"] = $"{url}/token" }.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
        if (_server is not null) await _server.DisposeAsync();
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
