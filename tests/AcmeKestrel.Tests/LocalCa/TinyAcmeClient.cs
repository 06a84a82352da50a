using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace AcmeKestrel.Tests.LocalCa;

/// <summary>Just enough of RFC 8555 to test a CA with, and to break each rule on purpose. Shares nothing with the library.</summary>
internal sealed class TinyAcmeClient(HttpMessageHandler handler, string directoryUrl) : IDisposable
{
    private readonly HttpClient _http = new(handler, disposeHandler: true);

    public ECDsa Key { get; init; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string? Kid { get; set; }

    public JsonNode? Directory { get; private set; }

    public string Thumbprint => B64(SHA256.HashData(Encoding.ASCII.GetBytes(Jwk().ToJsonString())));

    public static string B64(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    public static string B64(string text) => B64(Encoding.UTF8.GetBytes(text));

    public JsonObject Jwk()
    {
        var q = Key.ExportParameters(false);
        return new JsonObject { ["crv"] = $"P-{Key.KeySize}", ["kty"] = "EC", ["x"] = B64(q.Q.X), ["y"] = B64(q.Q.Y) };
    }

    public async Task<string> UrlAsync(string resource) =>
        (string)(Directory ??= JsonNode.Parse(await _http.GetStringAsync(directoryUrl, TestContext.Current.CancellationToken))!)[resource]!;

    public async Task<string> NonceAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, await UrlAsync("newNonce"));
        var reply = await SendAsync(request);
        return reply.Nonce!;
    }

    public async Task<JsonObject> HeaderAsync(string url) => Kid is null
        ? new JsonObject { ["alg"] = "ES256", ["nonce"] = await NonceAsync(), ["url"] = url, ["jwk"] = Jwk() }
        : new JsonObject { ["alg"] = "ES256", ["nonce"] = await NonceAsync(), ["url"] = url, ["kid"] = Kid };

    public JsonObject Sign(JsonObject header, string payload)
    {
        var (head, body) = (B64(header.ToJsonString()), B64(payload));
        var hash = Key.KeySize switch { 256 => HashAlgorithmName.SHA256, 384 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return new JsonObject { ["protected"] = head, ["payload"] = body, ["signature"] = B64(Key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), hash)) };
    }

    /// <summary>A good request, unless <paramref name="header"/> or <paramref name="message"/> spoils it.</summary>
    public async Task<Reply> PostAsync(string url, string payload, Action<JsonObject>? header = null, Action<JsonObject>? message = null, string contentType = "application/jose+json")
    {
        var head = await HeaderAsync(url);
        header?.Invoke(head);
        var body = Sign(head, payload);
        message?.Invoke(body);
        return await SendAsync(url, body.ToJsonString(), contentType);
    }

    public Task<Reply> SendAsync(string url, string body, string contentType = "application/jose+json")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(new HttpRequestMessage(HttpMethod.Post, url) { Content = content });
    }

    public async Task<Reply> SendAsync(HttpRequestMessage request)
    {
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return new Reply(
            (int)response.StatusCode,
            response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => h.Value.ToArray()),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<Reply> RegisterAsync(string payload = """{"termsOfServiceAgreed":true}""")
    {
        var reply = await PostAsync(await UrlAsync("newAccount"), payload);
        if (reply.Status is 200 or 201) Kid = reply.Header("Location");
        return reply;
    }

    public async Task<Reply> OrderAsync(params string[] names)
    {
        var identifiers = new JsonArray([.. names.Select(name => (JsonNode)new JsonObject { ["type"] = name.Contains(':') || char.IsDigit(name[0]) ? "ip" : "dns", ["value"] = name })]);
        return await PostAsync(await UrlAsync("newOrder"), new JsonObject { ["identifiers"] = identifiers }.ToJsonString());
    }

    public Task<Reply> ReadAsync(string url) => PostAsync(url, "");

    /// <summary>Answers each authorization with a challenge of <paramref name="type"/>, and looks until none is pending.</summary>
    public async Task ProveAsync(Reply order, string type, Action<string, string> answer)
    {
        foreach (var url in order.Json["authorizations"]!.AsArray().Select(a => (string)a!))
        {
            var authorization = await ReadAsync(url);
            var challenge = authorization.Json["challenges"]!.AsArray().Single(c => (string)c!["type"]! == type)!;
            var token = (string)challenge["token"]!;
            answer((string)authorization.Json["identifier"]!["value"]!, $"{token}.{Thumbprint}");
            await PostAsync((string)challenge["url"]!, "{}");
            while ((string)authorization.Json["status"]! == "pending") authorization = await ReadAsync(url);
        }
    }

    public static byte[] Csr(AsymmetricAlgorithm key, string[] names, string? commonName = null)
    {
        var subject = new X500DistinguishedNameBuilder();
        if (commonName is not null) subject.AddCommonName(commonName);
        var request = key is RSA rsa
            ? new CertificateRequest(subject.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject.Build(), (ECDsa)key, HashAlgorithmName.SHA256);
        var san = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (System.Net.IPAddress.TryParse(name, out var address)) san.AddIpAddress(address);
            else san.AddDnsName(name);
        }

        request.CertificateExtensions.Add(san.Build());
        return request.CreateSigningRequest();
    }

    public Task<Reply> FinalizeAsync(Reply order, byte[] csr) => PostAsync((string)order.Json["finalize"]!, new JsonObject { ["csr"] = B64(csr) }.ToJsonString());

    public void Dispose() => _http.Dispose();
}

/// <summary>What came back.</summary>
internal sealed record Reply(int Status, IReadOnlyDictionary<string, string[]> Headers, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Nonce => Header("Replay-Nonce");

    /// <summary>The problem's type without its URN.</summary>
    public string? Problem => Header("Content-Type") == "application/problem+json" ? ((string)Json["type"]!)["urn:ietf:params:acme:error:".Length..] : null;

    public string? Header(string name) => Headers.TryGetValue(name, out var values) ? string.Join(", ", values) : null;
}
