using System.Security.Cryptography;
using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Protocol.Signing;

/// <summary>Binds an account to one that the CA knows already: the CA's MAC over the account's public key (RFC 8555 section 7.3.4).</summary>
internal static class ExternalAccountBinding
{
    /// <exception cref="AcmeException"><see cref="AcmeFault.HumanNeeded"/>: the MAC key is no base64.</exception>
    public static JsonWebSignature Create(AcmeExternalAccount external, AcmeAccountKey key, string newAccountUrl)
    {
        var macKey = Decode(external);
        return JsonWebSignature.Create(
            header =>
            {
                header.WriteString("alg"u8, external.Algorithm.ToString());
                header.WriteString("kid"u8, external.KeyId);
                header.WriteString("url"u8, newAccountUrl);
            },
            Encoding.UTF8.GetBytes(key.Jwk),
            data => external.Algorithm switch
            {
                AcmeMacAlgorithm.HS384 => HMACSHA384.HashData(macKey, data),
                AcmeMacAlgorithm.HS512 => HMACSHA512.HashData(macKey, data),
                _ => HMACSHA256.HashData(macKey, data),
            });
    }

    /// <summary>CAs hand MAC keys out in base64url and in base64, padded and not.</summary>
    private static byte[] Decode(AcmeExternalAccount external)
    {
        var text = external.MacKey.Trim().TrimEnd('=').Replace('-', '+').Replace('_', '/');
        text = text.PadRight((text.Length + 3) / 4 * 4, '=');
        var key = new byte[text.Length];
        if (Convert.TryFromBase64String(text, key, out var length) && length > 0) return key[..length];

        throw new AcmeException(AcmeFault.HumanNeeded, $"The MAC key of the external account {PlainText.Of(external.KeyId, 200)} is not base64url.");
    }
}
