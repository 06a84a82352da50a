using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace AcmeKestrel.Protocol.Signing;

/// <summary>Flattened JSON JWS (RFC 7515 section 7.2.2) under the rules of RFC 8555 section 6.2: everything is protected, base64url has no padding.</summary>
internal sealed record JsonWebSignature(string Protected, string Payload, string Signature)
{
    /// <summary>
    /// An ACME request. Without an account URL the key introduces itself by <c>jwk</c>, otherwise by <c>kid</c>; never both (RFC 8555 section 6.2).
    /// </summary>
    /// <param name="payload">Empty for POST-as-GET (RFC 8555 section 6.3).</param>
    public static JsonWebSignature Create(AcmeAccountKey key, string? accountUrl, string nonce, string url, ReadOnlySpan<byte> payload) =>
        Create(
            header =>
            {
                header.WriteString("alg"u8, key.Algorithm.ToString());
                if (accountUrl is null) WriteJwk(header, key);
                else header.WriteString("kid"u8, accountUrl);
                header.WriteString("nonce"u8, nonce);
                header.WriteString("url"u8, url);
            },
            payload,
            key.Sign);

    /// <summary>The inner signature of a key change (RFC 8555 section 7.3.5): the new key vouches for the account and its old key; the outer one's <c>url</c>, and no nonce.</summary>
    public static JsonWebSignature CreateKeyChange(AcmeAccountKey newKey, string url, string accountUrl, AcmeAccountKey oldKey)
    {
        var payload = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(payload))
        {
            json.WriteStartObject();
            json.WriteString("account"u8, accountUrl);
            json.WritePropertyName("oldKey"u8);
            json.WriteRawValue(oldKey.Jwk);
            json.WriteEndObject();
        }

        return Create(
            header =>
            {
                header.WriteString("alg"u8, newKey.Algorithm.ToString());
                WriteJwk(header, newKey);
                header.WriteString("url"u8, url);
            },
            payload.WrittenSpan,
            newKey.Sign);
    }

    /// <summary>Signs a protected header and a payload, with whatever key it is that signs.</summary>
    internal static JsonWebSignature Create(Action<Utf8JsonWriter> writeHeader, ReadOnlySpan<byte> payload, Signer sign)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var header = new Utf8JsonWriter(buffer))
        {
            header.WriteStartObject();
            writeHeader(header);
            header.WriteEndObject();
        }

        var protectedHeader = Base64Url.EncodeToString(buffer.WrittenSpan);
        var encodedPayload = Base64Url.EncodeToString(payload);
        var signature = sign(Encoding.ASCII.GetBytes($"{protectedHeader}.{encodedPayload}"));
        return new(protectedHeader, encodedPayload, Base64Url.EncodeToString(signature));
    }

    private static void WriteJwk(Utf8JsonWriter header, AcmeAccountKey key)
    {
        header.WritePropertyName("jwk"u8);
        header.WriteRawValue(key.Jwk);
    }

    internal delegate byte[] Signer(ReadOnlySpan<byte> data);
}
