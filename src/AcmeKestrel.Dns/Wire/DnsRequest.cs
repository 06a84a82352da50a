using System.Text;

namespace AcmeKestrel.Dns.Wire;

/// <summary>The few messages that are sent: a question, and updates of one TXT value (RFC 2136 section 2).</summary>
internal static class DnsRequest
{
    private const byte Update = 5 << 3;
    private const byte RecursionDesired = 1;
    private const int LongestText = 255;

    /// <summary>What every path lets through in one piece.</summary>
    public const int LargestDatagram = 1232;

    /// <summary>Without recursion: the server is asked for what it is authoritative for.</summary>
    public static byte[] Ask(ushort id, string name, DnsType type) => [.. Begin(id, 0, 0, name, (ushort)type)];

    /// <summary>A question of a look.</summary>
    /// <param name="recursion">A resolver is asked: he is to ask others.</param>
    /// <param name="extended">With EDNS (RFC 6891): the answer may be longer than 512 bytes.</param>
    public static byte[] Look(ushort id, string name, ushort type, bool recursion, bool extended)
    {
        var message = Begin(id, 0, 0, name, type);
        if (recursion) message[2] |= RecursionDesired;
        if (!extended) return [.. message];

        message[11] = 1;
        message.AddRange([0, 0, DnsCodes.Opt, LargestDatagram >> 8, LargestDatagram & 0xFF, 0, 0, 0, 0, 0, 0]);
        return [.. message];
    }

    /// <summary>One that is there already is no error (section 3.4.2.2).</summary>
    public static byte[] Add(ushort id, string zone, string name, string value, int ttl) => Change(id, zone, name, DnsCodes.In, ttl, value);

    /// <summary>This value alone; none that is not there (section 2.5.4).</summary>
    public static byte[] Remove(ushort id, string zone, string name, string value) => Change(id, zone, name, DnsCodes.None, 0, value);

    private static byte[] Change(ushort id, string zone, string name, ushort @class, int ttl, string value)
    {
        var message = Begin(id, Update, 1, zone, (ushort)DnsType.SOA);
        WireName.Write(message, name);
        AddWord(message, (ushort)DnsType.TXT);
        AddWord(message, @class);
        AddWord(message, ttl >> 16);
        AddWord(message, ttl);
        var texts = Encoding.ASCII.GetBytes(value).Chunk(LongestText).SelectMany(text => text.Prepend((byte)text.Length)).ToList();
        AddWord(message, texts.Count);
        message.AddRange(texts);
        return [.. message];
    }

    /// <summary>The question of an update is its zone, and its changes stand where a reply has authorities.</summary>
    private static List<byte> Begin(ushort id, byte flags, int changes, string name, ushort type)
    {
        List<byte> message = [(byte)(id >> 8), (byte)id, flags, 0, 0, 1, 0, 0, 0, (byte)changes, 0, 0];
        WireName.Write(message, name);
        AddWord(message, type);
        AddWord(message, DnsCodes.In);
        return message;
    }

    public static void AddWord(List<byte> message, int value)
    {
        message.Add((byte)(value >> 8));
        message.Add((byte)value);
    }
}
