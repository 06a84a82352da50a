using System.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A signed request, taken apart but not yet believed (RFC 8555 section 6.2).</summary>
/// <param name="Key">From <c>jwk</c>; null where <paramref name="KeyId"/> names the account.</param>
internal sealed record Jws(string Algorithm, string? Nonce, string Url, PublicJwk? Key, string? KeyId, byte[] Payload, byte[] SigningInput, byte[] Signature)
{
    public bool IsPostAsGet => Payload.Length == 0;

    public static Jws Parse(ReadOnlyMemory<byte> body)
    {
        var message = JsonMembers.Parse(body, "The request");
        // No unprotected header and no general serialization: nothing may sit outside the signature.
        if (message.Names.FirstOrDefault(name => name is not ("protected" or "payload" or "signature")) is { } extra)
            throw new RefusalException(Problem.Malformed($"The request is not a flattened JWS: '{extra}' has no place in it."));

        var header = JsonMembers.Parse(message.Bytes("protected"), "The protected header");
        if (header.Has("crit") || header.Has("b64")) throw new RefusalException(Problem.Malformed("The protected header has extensions that are not understood."));

        var algorithm = header.Text("alg");
        if (!PublicJwk.Algorithms.Contains(algorithm)) throw BadAlgorithm($"The algorithm '{algorithm}' is not accepted.");
        if (header.Has("jwk") == header.Has("kid")) throw new RefusalException(Problem.Malformed("The protected header has exactly one of 'jwk' and 'kid'."));

        return new Jws(
            algorithm,
            header.OptionalText("nonce"),
            header.Text("url"),
            header.Has("jwk") ? PublicJwk.Parse(header.Object("jwk")) : null,
            header.OptionalText("kid"),
            message.Bytes("payload"),
            Encoding.ASCII.GetBytes($"{message.Text("protected")}.{message.Text("payload")}"),
            message.Bytes("signature"));
    }

    /// <summary>Throws unless <paramref name="key"/> signed exactly this.</summary>
    public void Verify(PublicJwk key)
    {
        if (key.Algorithm != Algorithm) throw BadAlgorithm($"The key signs with {key.Algorithm}, not {Algorithm}.");
        if (!key.Verify(SigningInput, Signature)) throw new RefusalException(Problem.Malformed("The signature does not verify."));
    }

    private static RefusalException BadAlgorithm(string detail) => new(new Problem("badSignatureAlgorithm", 400, detail) { Algorithms = PublicJwk.Algorithms });
}
