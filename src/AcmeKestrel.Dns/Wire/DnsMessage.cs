using System.Buffers.Binary;
using System.Text;

namespace AcmeKestrel.Dns.Wire;

/// <summary>A message as a server sends it (RFC 1035 section 4.1), read strictly.</summary>
/// <param name="Bytes">All of it.</param>
internal sealed record DnsMessage(ReadOnlyMemory<byte> Bytes, IReadOnlyList<DnsRecord> Answers, IReadOnlyList<DnsRecord> Authorities, IReadOnlyList<DnsRecord> Additionals)
{
    public const int HeaderLength = 12;

    /// <summary>More than any answer here has: names that point at one another are short on the wire and long in memory.</summary>
    private const int MostRecords = 256;

    public ushort Id => IdOf(Bytes.Span);

    public int ResponseCode => Bytes.Span[3] & 0x0F;

    public bool IsAuthoritative => (Bytes.Span[2] & 0x04) != 0;

    /// <summary>What it answers stands in it. A refusal may do without, and an answer to an update.</summary>
    public bool HasQuestion => Word(Bytes.Span, 4) == 1;

    /// <summary>Of any bytes, whether they answer this question: by its id, and by what it asks for where that stands there, which is as it was sent but for the letters' cases.</summary>
    public static bool IsAnswerTo(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> request)
    {
        if (bytes.Length < HeaderLength || (bytes[2] & 0x80) == 0 || IdOf(bytes) != IdOf(request)) return false;
        if (Word(bytes, 4) == 0) return true;

        var end = HeaderLength;
        WireName.Read(request, ref end);
        var asked = request[HeaderLength..(end + 4)];
        return Word(bytes, 4) == 1 && bytes.Length >= HeaderLength + asked.Length && Ascii.EqualsIgnoreCase(bytes.Slice(HeaderLength, asked.Length), asked);
    }

    public static bool IsTruncated(ReadOnlySpan<byte> bytes) => (bytes[2] & 0x02) != 0;

    /// <exception cref="FormatException">It is none.</exception>
    public static DnsMessage Read(ReadOnlyMemory<byte> bytes)
    {
        var message = bytes.Span;
        if (message.Length < HeaderLength) throw new FormatException("A message is shorter than its header");

        var at = HeaderLength;
        for (var questions = Word(message, 4); questions > 0; questions--)
        {
            WireName.Read(message, ref at);
            at = Skip(message, at, 4);
        }

        int answers = Word(message, 6), authorities = Word(message, 8), additionals = Word(message, 10);
        if (answers + authorities + additionals > MostRecords) throw new FormatException("A message has too many records");
        var read = new DnsMessage(bytes, ReadRecords(bytes, answers, ref at), ReadRecords(bytes, authorities, ref at), ReadRecords(bytes, additionals, ref at));
        return at == message.Length ? read : throw new FormatException("A message goes on behind its end");
    }

    /// <summary>What a record says where it says a name, and nothing else.</summary>
    /// <exception cref="FormatException">It does not.</exception>
    public string NameIn(DnsRecord record)
    {
        var at = record.DataStart;
        var name = WireName.Read(Bytes.Span, ref at);
        return at == record.DataStart + record.Data.Length ? name : throw new FormatException("A record's name has another length than the record");
    }

    private static List<DnsRecord> ReadRecords(ReadOnlyMemory<byte> bytes, int count, ref int at)
    {
        var records = new List<DnsRecord>();
        for (; count > 0; count--)
        {
            var message = bytes.Span;
            var start = at;
            var name = WireName.Read(message, ref at);
            var data = Skip(message, at, 10);
            var length = Word(message, data - 2);
            records.Add(new DnsRecord(name, Word(message, at), Word(message, at + 2), bytes.Slice(data, Skip(message, data, length) - data), start, data));
            at = data + length;
        }

        return records;
    }

    private static ushort IdOf(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message);

    private static ushort Word(ReadOnlySpan<byte> message, int at) => BinaryPrimitives.ReadUInt16BigEndian(message[at..]);

    private static int Skip(ReadOnlySpan<byte> message, int at, int length) => length <= message.Length - at ? at + length : throw new FormatException("A record has no end");
}

/// <param name="Start">Where it begins in its message.</param>
/// <param name="DataStart">Where what it says begins.</param>
internal sealed record DnsRecord(string Name, ushort Type, ushort Class, ReadOnlyMemory<byte> Data, int Start, int DataStart);
