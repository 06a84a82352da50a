using System.Text;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>A JWS in the flattened JSON serialization (RFC 7515 section 7.2.2), the only one that RFC 8555 section 6.2 allows.</summary>
internal sealed record FlattenedJws(JsonMembers Header, byte[] Payload, byte[] SigningInput, byte[] Signature)
{
    /// <param name="what">Names the message in a refusal, such as "The request".</param>
    public static FlattenedJws Parse(JsonMembers message, string what)
    {
        // No unprotected header and no general serialization: nothing may sit outside the signature.
        if (message.Names.FirstOrDefault(name => name is not ("protected" or "payload" or "signature")) is { } extra)
            throw new RefusalException(Problem.Malformed($"{what} is not a flattened JWS: '{extra}' has no place in it."));

        var header = JsonMembers.Parse(message.Bytes("protected"), "The protected header");
        if (header.Has("crit") || header.Has("b64")) throw new RefusalException(Problem.Malformed("The protected header has extensions that are not understood."));

        return new FlattenedJws(
            header,
            message.Bytes("payload"),
            Encoding.ASCII.GetBytes($"{message.Text("protected")}.{message.Text("payload")}"),
            message.Bytes("signature"));
    }
}
