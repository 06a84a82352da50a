namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A signed request, taken apart but not yet believed (RFC 8555 section 6.2).</summary>
/// <param name="Key">From <c>jwk</c>; null where <paramref name="KeyId"/> names the account.</param>
internal sealed record Jws(string Algorithm, string? Nonce, string Url, PublicJwk? Key, string? KeyId, byte[] Payload, byte[] SigningInput, byte[] Signature)
{
    public bool IsPostAsGet => Payload.Length == 0;

    public static Jws Parse(ReadOnlyMemory<byte> body)
    {
        var message = FlattenedJws.Parse(JsonMembers.Parse(body, "The request"), "The request");
        var header = message.Header;
        var algorithm = header.Text("alg");
        if (!PublicJwk.Algorithms.Contains(algorithm)) throw BadAlgorithm($"The algorithm '{algorithm}' is not accepted.");
        if (header.Has("jwk") == header.Has("kid")) throw new RefusalException(Problem.Malformed("The protected header has exactly one of 'jwk' and 'kid'."));

        // Section 6.5.2: not only unknown.
        var nonce = header.OptionalText("nonce");
        if (nonce is not null) StrictBase64Url.Decode(nonce, "The nonce");

        return new Jws(
            algorithm,
            nonce,
            header.Text("url"),
            header.Has("jwk") ? PublicJwk.Parse(header.Object("jwk")) : null,
            header.OptionalText("kid"),
            message.Payload,
            message.SigningInput,
            message.Signature);
    }

    /// <summary>Throws unless <paramref name="key"/> signed exactly this.</summary>
    public void Verify(PublicJwk key)
    {
        if (key.Algorithm != Algorithm) throw BadAlgorithm($"The key signs with {key.Algorithm}, not {Algorithm}.");
        if (!key.Verify(SigningInput, Signature)) throw new RefusalException(Problem.Malformed("The signature does not verify."));
    }

    private static RefusalException BadAlgorithm(string detail) => new(new Problem("badSignatureAlgorithm", 400, detail) { Algorithms = PublicJwk.Algorithms });
}
