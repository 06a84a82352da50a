using System.Text;
using System.Text.Json;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A flattened JWS of RFC 8555 section 6.2, taken apart but not yet verified.</summary>
internal sealed class SignedRequest
{
    private static readonly string[] Algorithms = ["ES256", "ES384", "ES512", "RS256"];

    private readonly byte[] _signingInput;
    private readonly byte[] _signature;
    private readonly string _algorithm;

    private SignedRequest(byte[] signingInput, byte[] signature, string algorithm, byte[] payload, JsonElement? jwk, string? keyId, string nonce, string url) =>
        (_signingInput, _signature, _algorithm, Payload, Jwk, KeyId, Nonce, Url) = (signingInput, signature, algorithm, payload, jwk, keyId, nonce, url);

    public byte[] Payload { get; }

    public JsonElement? Jwk { get; }

    public string? KeyId { get; }

    public string Nonce { get; }

    public string Url { get; }

    /// <summary>Whether this is a POST-as-GET (section 6.3).</summary>
    public bool IsPostAsGet => Payload.Length == 0;

    public void VerifyWith(PublicKey key)
    {
        if (key.Algorithm != _algorithm) throw new CaProblem(400, "badSignatureAlgorithm", $"this key signs with {key.Algorithm}, not {_algorithm}") { Algorithms = [key.Algorithm] };
        if (!key.Verify(_signingInput, _signature)) throw CaProblem.Malformed("the signature does not verify");
    }

    /// <summary>The payload as a JSON object.</summary>
    public JsonElement PayloadObject()
    {
        var json = Parse(Payload, "payload");
        return json.ValueKind == JsonValueKind.Object ? json : throw CaProblem.Malformed("the payload is no JSON object");
    }

    public static SignedRequest Read(CaRequest request)
    {
        // Exactly this, no parameters: section 6.2 and what Boulder does.
        if (request.ContentType != "application/jose+json") throw new CaProblem(415, "malformed", "the content type must be application/jose+json");

        var body = Parse(request.Body.Span, "body");
        if (body.ValueKind != JsonValueKind.Object) throw CaProblem.Malformed("the body is no JSON object");
        if (body.EnumerateObject().FirstOrDefault(member => member.Name is not ("protected" or "payload" or "signature")) is { Value.ValueKind: not JsonValueKind.Undefined } extra)
        {
            throw CaProblem.Malformed($"'{extra.Name}' does not belong into a flattened JWS here (section 6.2)");
        }

        var (head, payload, signature) = (Text(body, "protected"), Text(body, "payload"), Text(body, "signature"));
        var header = Parse(Base64UrlStrict.Decode(head, "protected"), "protected");
        if (header.ValueKind != JsonValueKind.Object) throw CaProblem.Malformed("'protected' is no JSON object");

        var algorithm = Text(header, "alg");
        if (!Algorithms.Contains(algorithm)) throw new CaProblem(400, "badSignatureAlgorithm", $"'{algorithm}' is not taken") { Algorithms = Algorithms };

        JsonElement? jwk = header.TryGetProperty("jwk", out var key) ? key : null;
        var keyId = header.TryGetProperty("kid", out _) ? Text(header, "kid") : null;
        if (jwk is null == keyId is null) throw CaProblem.Malformed("exactly one of 'jwk' and 'kid' must be there");
        if (header.TryGetProperty("b64", out _) || header.TryGetProperty("crit", out _)) throw CaProblem.Malformed("'b64' and 'crit' are not taken");

        var url = Text(header, "url");
        if (url != request.Url) throw new CaProblem(401, "unauthorized", $"the signature is for {url}, not for {request.Url}");

        return new SignedRequest(
            Encoding.ASCII.GetBytes($"{head}.{payload}"),
            Base64UrlStrict.Decode(signature, "signature"),
            algorithm,
            Base64UrlStrict.Decode(payload, "payload"),
            jwk,
            keyId,
            header.TryGetProperty("nonce", out _) ? Text(header, "nonce") : throw new CaProblem(400, "badNonce", "there is no nonce"),
            url);
    }

    private static JsonElement Parse(ReadOnlySpan<byte> json, string what)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
            using var document = JsonDocument.ParseValue(ref reader);
            if (reader.BytesConsumed != json.Length && json[(int)reader.BytesConsumed..].ContainsAnyExcept(" \t\r\n"u8)) throw CaProblem.Malformed($"the {what} has something after its JSON");
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw CaProblem.Malformed($"the {what} is no JSON");
        }
    }

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw CaProblem.Malformed($"'{name}' is missing");
}
