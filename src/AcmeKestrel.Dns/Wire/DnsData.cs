using System.Net;
using System.Text;

namespace AcmeKestrel.Dns.Wire;

/// <summary>What a record says, of the types that are asked for.</summary>
/// <param name="Name">Whose it is, as all names here in lower case without the last dot.</param>
internal abstract record DnsData(string Name)
{
    /// <summary>Null: it is of a type that nobody asks for.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    public static DnsData? Read(DnsMessage message, DnsRecord record) => record.Class != DnsCodes.In ? null : (DnsType)record.Type switch
    {
        DnsType.A => new Address(record.Name, AddressOf(record, 4)),
        DnsType.AAAA => new Address(record.Name, AddressOf(record, 16)),
        DnsType.NS => new Server(record.Name, message.NameIn(record)),
        DnsType.CNAME => new Alias(record.Name, message.NameIn(record)),
        DnsType.SOA => new Zone(record.Name),
        DnsType.TXT => new Text(record.Name, TextOf(record.Data.Span)),
        DnsType.CAA => CaaOf(record.Name, record.Data.Span),
        _ => null,
    };

    private static IPAddress AddressOf(DnsRecord record, int length) => record.Data.Length == length ? new IPAddress(record.Data.Span) : throw new FormatException("An address has another length");

    /// <summary>Its strings, one behind the other (RFC 1035 section 3.3.14).</summary>
    private static string TextOf(ReadOnlySpan<byte> data)
    {
        var bytes = new byte[data.Length];
        var length = 0;
        for (var at = 0; at < data.Length; at += data[at] + 1)
        {
            if (data[at] > data.Length - at - 1) throw new FormatException("A text has no end");
            data.Slice(at + 1, data[at]).CopyTo(bytes.AsSpan(length));
            length += data[at];
        }

        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>RFC 8659 section 4.1.</summary>
    private static Caa CaaOf(string name, ReadOnlySpan<byte> data)
    {
        if (data.Length < 2 || data[1] > data.Length - 2) throw new FormatException("A CAA record has no end");
        return new Caa(name, data[0], Encoding.ASCII.GetString(data.Slice(2, data[1])), Encoding.UTF8.GetString(data[(2 + data[1])..]));
    }

    internal sealed record Address(string Name, IPAddress Value) : DnsData(Name);

    internal sealed record Server(string Name, string Host) : DnsData(Name);

    internal sealed record Alias(string Name, string Target) : DnsData(Name);

    /// <summary>A zone begins there.</summary>
    internal sealed record Zone(string Name) : DnsData(Name);

    internal sealed record Text(string Name, string Value) : DnsData(Name);

    internal sealed record Caa(string Name, byte Flags, string Tag, string Value) : DnsData(Name);
}
