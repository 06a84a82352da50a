using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AcmeKestrel.Protocol;

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

    /// <summary>An external account binding (RFC 8555 section 7.3.4): the CA's MAC over the account's public key; no nonce.</summary>
    public static JsonWebSignature CreateBinding(AcmeExternalAccount external, AcmeAccountKey key, string newAccountUrl)
    {
        var macKey = DecodeMacKey(external);
        return Create(
            header =>
            {
                header.WriteString("alg"u8, "HS256");
                header.WriteString("kid"u8, external.KeyId);
                header.WriteString("url"u8, newAccountUrl);
            },
            Encoding.UTF8.GetBytes(key.Jwk),
            data => HMACSHA256.HashData(macKey, data));
    }

    private delegate byte[] Signer(ReadOnlySpan<byte> data);

    private static JsonWebSignature Create(Action<Utf8JsonWriter> writeHeader, ReadOnlySpan<byte> payload, Signer sign)
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

    /// <summary>CAs hand MAC keys out in base64url and in base64, padded and not.</summary>
    private static byte[] DecodeMacKey(AcmeExternalAccount external)
    {
        var text = external.MacKey.Trim().TrimEnd('=').Replace('-', '+').Replace('_', '/');
        text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var key = new byte[text.Length];
        if (Convert.TryFromBase64String(text, key, out var length) && length > 0) return key[..length];

        throw new AcmeException(AcmeFault.HumanNeeded, $"The MAC key of the external account {PlainText.Of(external.KeyId, 200)} is not base64url.");
    }
}
