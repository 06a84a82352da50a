using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AcmeKestrel.LocalCa.Rules;

/// <summary>RFC 8555 section 9.7.7: type <c>dns</c>, or <c>ip</c> (RFC 8738).</summary>
internal sealed record Identifier(string Type, string Value)
{
    public const string Dns = "dns";

    public const string Ip = "ip";

    public bool IsWildcard => Type == Dns && Value.StartsWith("*.", StringComparison.Ordinal);

    /// <summary>What an authorization is about: a wildcard's is about the name below the star (RFC 8555 section 7.1.4).</summary>
    public Identifier Name => IsWildcard ? this with { Value = Value[2..] } : this;

    /// <summary>Whether <paramref name="other"/> is a name above this one; a wildcard is proven by itself only.</summary>
    public bool IsBelow(Identifier other) => Type == Dns && other.Type == Dns && !IsWildcard && !other.IsWildcard && Value.EndsWith("." + other.Value, StringComparison.Ordinal);

    /// <summary>The name a tls-alpn-01 probe sends as SNI: for an address the reverse name (RFC 8738 section 6).</summary>
    public string ServerName()
    {
        if (Type == Dns) return Value;

        var address = IPAddress.Parse(Value);
        var bytes = address.GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes) + ".in-addr.arpa"
            : string.Join('.', bytes.SelectMany(b => new[] { b & 0xF, b >> 4 }).Select(nibble => nibble.ToString("x", CultureInfo.InvariantCulture))) + ".ip6.arpa";
    }
}
