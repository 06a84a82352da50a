using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>An identifier of an order (RFC 8555 section 7.1.3, RFC 8738).</summary>
internal sealed record Identifier(string Type, string Value)
{
    public JsonObject ToJson() => new() { ["type"] = Type, ["value"] = Value };

    /// <summary>Null where this CA certifies it, else the type and detail of the refusal. Only what the root's name constraints permit (promise 12).</summary>
    public (string Type, string Detail)? FindFault()
    {
        if (Type == "ip")
        {
            if (!IPAddress.TryParse(Value, out var address) || address.ToString() != Value) return ("malformed", $"'{Value}' is no address in canonical text");
            return IPAddress.IsLoopback(address) && !address.IsIPv4MappedToIPv6 ? null : ("rejectedIdentifier", $"{Value} is no loopback address");
        }

        if (Type != "dns") return ("unsupportedIdentifier", $"identifiers of type '{Type}' are not known here");
        if (!IsHostName(Value)) return ("malformed", $"'{Value}' is no host name in lower-case A-labels");
        if (Value.StartsWith("*.", StringComparison.Ordinal)) return ("rejectedIdentifier", "wildcards need dns-01, which is not offered here");
        if (Value is not "localhost" && !Value.EndsWith(".localhost", StringComparison.Ordinal) && !Value.EndsWith(".test", StringComparison.Ordinal))
        {
            return ("rejectedIdentifier", $"{Value} is not below localhost or test");
        }

        return null;
    }

    private static bool IsHostName(string value)
    {
        var name = value.StartsWith("*.", StringComparison.Ordinal) ? value[2..] : value;
        if (name.Length is 0 or > 253 || IPAddress.TryParse(name, out _)) return false;
        if (!name.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))) return false;

        try
        {
            new IdnMapping().GetUnicode(name);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
