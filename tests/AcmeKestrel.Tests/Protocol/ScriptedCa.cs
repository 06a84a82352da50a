using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AcmeKestrel.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>
/// A CA of scripted answers. It checks every request as RFC 8555 section 6 demands, with code of its own, and fails the test on a wrong one: content type, length, user agent,
/// header members, url, nonce, signature.
/// </summary>
internal sealed class ScriptedCa : HttpMessageHandler
{
    public const string Base = "https://ca.example.test:443";
    public const string DirectoryUrl = Base + "/dir";
    public const string AccountUrl = Base + "/acct/1";

    private readonly ConcurrentDictionary<string, byte> _nonces = new();
    private readonly ConcurrentDictionary<string, byte> _stale = new();
    private int _nonceNumber;
    private string? _accountKeyPem;

    public FakeTimeProvider Time { get; } = new PauseSkippingTime(DateTimeOffset.Parse("2026-11-23T10:00:00Z", null));

    /// <summary>Path to answer. What is missing is answered 404.</summary>
    public ConcurrentDictionary<string, Func<SignedRequest, HttpResponseMessage>> Answers { get; } = new();

    public ConcurrentQueue<SignedRequest> Requests { get; } = new();

    /// <summary>Called before anything else; an answer here is final, and comes without a nonce unless it has one.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage?>>? Intercept { get; set; }

    /// <summary>How many nonces are still to be rejected.</summary>
    public int Rejections { get; set; }

    /// <summary>The CA restarts: every nonce given before is stale.</summary>
    public void Restart()
    {
        foreach (var nonce in _nonces.Keys) _stale.TryAdd(nonce, 0);
    }

    public string Directory { get; set; } = $$"""
        {"newNonce":"{{Base}}/nonce","newAccount":"{{Base}}/new-account","newOrder":"{{Base}}/new-order","revokeCert":"{{Base}}/revoke","keyChange":"{{Base}}/key-change",
         "renewalInfo":"{{Base}}/ari","x7yQ":"https://community.example.test/adding-random-entries","meta":{"termsOfService":"data:text/plain,Do%20what%20thou%20wilt"} }
        """;

    public AcmeClient Client(IAcmeAccountKeys? keys = null, Func<AcmeClientOptions, AcmeClientOptions>? options = null)
    {
        var plain = new AcmeClientOptions { DirectoryUrl = DirectoryUrl, Handler = this, TimeProvider = Time };
        return new(options is null ? plain : options(plain), keys);
    }

    /// <summary>An account that this CA knows.</summary>
    public AcmeAccount Account(AcmeAccountKey? key = null, Func<AcmeClientOptions, AcmeClientOptions>? options = null)
    {
        key ??= AcmeAccountKey.Create();
        _accountKeyPem = key.ToPem();
        return Client(options: options).OpenAccount(key, AccountUrl);
    }

    public static HttpResponseMessage Json(string json, HttpStatusCode status = HttpStatusCode.OK, params (string Name, string Value)[] headers) =>
        Answer(Encoding.UTF8.GetBytes(json), status, headers);

    public static HttpResponseMessage Answer(byte[] body, HttpStatusCode status, params (string Name, string Value)[] headers)
    {
        var answer = new HttpResponseMessage(status) { Content = new ByteArrayContent(body) };
        foreach (var (name, value) in headers) answer.Headers.TryAddWithoutValidation(name, value);
        return answer;
    }

    public static HttpResponseMessage Problem(string type, HttpStatusCode status = HttpStatusCode.Forbidden, string detail = "No.", params (string Name, string Value)[] headers) =>
        Json($$"""{"type":"urn:ietf:params:acme:error:{{type}}","detail":"{{detail}}","status":{{(int)status}} }""", status, headers);

    public int Count(string path) => Requests.Count(request => request.Path == path);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Intercept is not null && await Intercept(request, cancellationToken) is { } intercepted) return intercepted;

        Assert.StartsWith("AcmeKestrel/", request.Headers.UserAgent.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(request.Headers.AcceptLanguage);
        Assert.Equal("https", request.RequestUri!.Scheme);

        var path = request.RequestUri.PathAndQuery;
        if (request.Method == HttpMethod.Get && path == "/dir")
        {
            Requests.Enqueue(new("GET", path, default, [], request));
            return Json(Directory);
        }

        if (request.Method == HttpMethod.Head)
        {
            Requests.Enqueue(new("HEAD", path, default, [], request));
            return Answer([], path == "/nonce" ? HttpStatusCode.OK : HttpStatusCode.NotFound, ("Replay-Nonce", NewNonce()), ("Cache-Control", "no-store"));
        }

        var signed = await CheckAsync(request, cancellationToken);
        Requests.Enqueue(signed);
        if (!TryRedeem(signed)) return Problem("badNonce", HttpStatusCode.BadRequest, headers: ("Replay-Nonce", NewNonce()));

        var answer = Answers.TryGetValue(path, out var script) ? script(signed) : Answer([], HttpStatusCode.NotFound);
        if (!answer.Headers.Contains("Replay-Nonce")) answer.Headers.Add("Replay-Nonce", NewNonce());
        return answer;
    }

    private string NewNonce()
    {
        var nonce = $"n-{Interlocked.Increment(ref _nonceNumber)}";
        Assert.True(_nonces.TryAdd(nonce, 0));
        return nonce;
    }

    private bool TryRedeem(SignedRequest signed)
    {
        var nonce = signed.Header.GetProperty("nonce").GetString()!;
        Assert.True(_nonces.TryRemove(nonce, out _), $"nonce {nonce} was used twice, or never given");
        if (_stale.ContainsKey(nonce)) return false;
        if (Rejections == 0) return true;

        Rejections--;
        return false;
    }

    private async Task<SignedRequest> CheckAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Assert.Equal(HttpMethod.Post, request.Method);
        Assert.Equal("application/jose+json", request.Content!.Headers.NonValidated["Content-Type"].ToString());
        Assert.NotNull(request.Content.Headers.ContentLength);
        Assert.NotEqual(true, request.Headers.TransferEncodingChunked);

        var body = JsonDocument.Parse(await request.Content.ReadAsByteArrayAsync(cancellationToken)).RootElement;
        Assert.Equal(["payload", "protected", "signature"], body.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

        var (protectedText, payloadText) = (body.GetProperty("protected").GetString()!, body.GetProperty("payload").GetString()!);
        var header = JsonDocument.Parse(Jws.Decode(protectedText)).RootElement;
        Assert.Equal(request.RequestUri!.OriginalString, header.GetProperty("url").GetString());
        Assert.NotEqual(header.TryGetProperty("jwk", out var jwk), header.TryGetProperty("kid", out var kid));
        // Revocation by a certificate's key is the other request that a key makes by itself (RFC 8555 section 6.2).
        if (request.RequestUri.AbsolutePath != "/revoke") Assert.Equal(request.RequestUri.AbsolutePath == "/new-account", jwk.ValueKind == JsonValueKind.Object);

        var algorithm = header.GetProperty("alg").GetString()!;
        var data = Encoding.ASCII.GetBytes($"{protectedText}.{payloadText}");
        var signature = Jws.Decode(body.GetProperty("signature").GetString()!);
        if (jwk.ValueKind == JsonValueKind.Object)
        {
            Assert.True(Jws.Verify(jwk, algorithm, data, signature));
        }
        else
        {
            Assert.Equal(AccountUrl, kid.GetString());
            if (_accountKeyPem is not null) Assert.True(Jws.Verify(_accountKeyPem, algorithm, data, signature));
        }

        return new(request.Method.Method, request.RequestUri.PathAndQuery, header, Jws.Decode(payloadText), request);
    }
}

/// <summary>A request as the CA saw it.</summary>
internal sealed record SignedRequest(string Method, string Path, JsonElement Header, byte[] Payload, HttpRequestMessage Message)
{
    public string PayloadText => Encoding.UTF8.GetString(Payload);
}

/// <summary>JWS verified by other means than the library's.</summary>
internal static class Jws
{
    public static byte[] Decode(string text)
    {
        Assert.Matches("^[A-Za-z0-9_-]*$", text);
        return Base64Url.DecodeFromChars(text);
    }

    /// <summary>Verifies with a key in PEM.</summary>
    public static bool Verify(string pem, string algorithm, byte[] data, byte[] signature)
    {
        if (algorithm == "RS256")
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using var ec = ECDsa.Create();
        ec.ImportFromPem(pem);
        return ec.VerifyData(data, signature, new HashAlgorithmName("SHA" + algorithm[2..]), DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    /// <summary>Verifies with the public key of a JWK.</summary>
    public static bool Verify(JsonElement jwk, string algorithm, byte[] data, byte[] signature)
    {
        byte[] Member(string name) => Decode(jwk.GetProperty(name).GetString()!);
        if (algorithm == "RS256")
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = Member("n"), Exponent = Member("e") });
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        var (curve, hash, width) = algorithm switch
        {
            "ES256" => (ECCurve.NamedCurves.nistP256, HashAlgorithmName.SHA256, 32),
            "ES384" => (ECCurve.NamedCurves.nistP384, HashAlgorithmName.SHA384, 48),
            _ => (ECCurve.NamedCurves.nistP521, HashAlgorithmName.SHA512, 66),
        };
        Assert.Equal(width, Member("x").Length);
        Assert.Equal(width, Member("y").Length);
        Assert.Equal(2 * width, signature.Length);
        using var ec = ECDsa.Create(new ECParameters { Curve = curve, Q = new() { X = Member("x"), Y = Member("y") } });
        return ec.VerifyData(data, signature, hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}

/// <summary>Whoever pauses for no more than a second finds it over; longer waits are the test's to end.</summary>
internal sealed class PauseSkippingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero && dueTime <= TimeSpan.FromSeconds(1)) _ = Task.Run(() => Advance(dueTime));
        return timer;
    }
}
