using System.Security.Cryptography;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>The proof that an ACME account belongs to somebody the CA knows already (RFC 8555 section 7.3.4): a JWS over the account's key, by a MAC key that the CA gave out.</summary>
internal static class ExternalAccountBinding
{
    /// <summary>The key id, once everything about the binding is right.</summary>
    /// <param name="url">The URL that the request was sent to: newAccount's.</param>
    /// <param name="keys">The MAC keys by their id.</param>
    public static string Check(JsonMembers binding, string url, PublicJwk accountKey, IDictionary<string, byte[]> keys)
    {
        var message = FlattenedJws.Parse(binding, "The external account binding");
        var header = message.Header;
        var (algorithm, keyId) = (header.Text("alg"), header.Text("kid"));
        if (algorithm is not ("HS256" or "HS384" or "HS512")) throw Malformed($"is signed with '{algorithm}', which is none of HS256, HS384 and HS512");
        if (header.Has("jwk")) throw Malformed("names its key with 'kid' alone");
        if (header.Has("nonce")) throw Malformed("has no nonce");
        if (header.Text("url") != url) throw Malformed("is for another URL");
        if (Thumbprint(message.Payload) != accountKey.Thumbprint) throw Malformed("is not about the account's key");

        if (!keys.TryGetValue(keyId, out var key)) throw new RefusalException(Problem.Unauthorized("The external account's key id is unknown."));
        if (!CryptographicOperations.FixedTimeEquals(Mac(algorithm, key, message.SigningInput), message.Signature))
            throw new RefusalException(Problem.Unauthorized("The external account binding's MAC does not verify."));
        return keyId;
    }

    private static string Thumbprint(byte[] payload)
    {
        try
        {
            return PublicJwk.Parse(JsonMembers.Parse(payload, "The payload")).Thumbprint;
        }
        catch (RefusalException refusal)
        {
            // Not the account's key that is bad, as its own problem would say.
            throw Malformed($"holds no key: {refusal.Message}");
        }
    }

    private static byte[] Mac(string algorithm, byte[] key, byte[] data) => algorithm switch
    {
        "HS256" => HMACSHA256.HashData(key, data),
        "HS384" => HMACSHA384.HashData(key, data),
        _ => HMACSHA512.HashData(key, data),
    };

    private static RefusalException Malformed(string what) => new(Problem.Malformed($"The external account binding {what}."));
}
