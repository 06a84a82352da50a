using AcmeKestrel.Protocol.Messages;

namespace AcmeKestrel.Protocol.Answers;

/// <summary>Reads an account (RFC 8555 section 7.1.2).</summary>
internal static class AccountReader
{
    public static AcmeAccountObject Read(AcmeResponse response) => JsonAnswer.Read(response, "account", json =>
        new AcmeAccountObject(json.Status(), json.WordsOf("contact")) { Orders = json.OptionalUrl("orders") });
}
