using System.Buffers.Binary;
using System.Security.Cryptography;

namespace AcmeKestrel.Dns.Wire;

/// <summary>Signed messages (RFC 8945).</summary>
internal static class Tsig
{
    /// <summary>How far clocks may differ, as section 10 has it.</summary>
    public const ushort Fudge = 300;

    /// <summary>The message with its signature behind it, and the signature alone, which that of the answer depends on.</summary>
    public static (byte[] Message, byte[] Mac) Sign(ReadOnlySpan<byte> message, TsigKey key, DateTimeOffset now)
    {
        var signed = now.ToUnixTimeSeconds();
        List<byte> digested = [.. message];
        AddVariables(digested, key, signed, Fudge, 0, []);
        var mac = key.Mac([.. digested]);

        List<byte> whole = [.. message];
        WireName.Write(whole, key.Name);
        DnsRequest.AddWord(whole, DnsCodes.Tsig);
        DnsRequest.AddWord(whole, DnsCodes.Any);
        whole.AddRange([0, 0, 0, 0]);
        List<byte> data = [];
        WireName.Write(data, key.Algorithm);
        AddTime(data, signed, Fudge);
        DnsRequest.AddWord(data, mac.Length);
        data.AddRange(mac);
        data.AddRange([message[0], message[1], 0, 0, 0, 0]);
        DnsRequest.AddWord(whole, data.Count);
        whole.AddRange(data);

        byte[] bytes = [.. whole];
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), (ushort)(BinaryPrimitives.ReadUInt16BigEndian(message[10..]) + 1));
        return (bytes, mac);
    }

    /// <summary>What is wrong with the signature of an answer, in words; null: it is the server's, and now's.</summary>
    /// <param name="requestMac">What the question was signed with.</param>
    /// <exception cref="FormatException">There is a signature that cannot be read.</exception>
    public static string? FaultOf(DnsMessage answer, TsigKey key, ReadOnlySpan<byte> requestMac, DateTimeOffset now)
    {
        if (answer.Additionals is not [.., { Type: DnsCodes.Tsig } record]) return "the answer is not signed";
        var tsig = Read(record);
        if (tsig.Error is DnsCodes.BadKey) return $"the server does not know the key {key} (BADKEY)";
        if (tsig.Error is DnsCodes.BadSignature) return $"the server has another secret for the key {key} (BADSIG)";
        if (record.Name != key.Name || tsig.Algorithm != key.Algorithm) return "the answer is signed with another key";

        // An error of time is signed, and says the server's own time; whether that is true does not matter any more.
        if (tsig.Error is DnsCodes.BadTime) return $"the clocks differ by more than the {Fudge} s that are allowed (BADTIME){TimeIn(tsig.Other)}";
        if (tsig.Error != 0) return $"the server does not accept the signature ({DnsCodes.WordOf(tsig.Error)})";

        List<byte> digested = [];
        DnsRequest.AddWord(digested, requestMac.Length);
        digested.AddRange(requestMac);
        var unsigned = answer.Bytes[..record.Start].ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(unsigned, tsig.OriginalId);
        BinaryPrimitives.WriteUInt16BigEndian(unsigned.AsSpan(10), (ushort)(answer.Additionals.Count - 1));
        digested.AddRange(unsigned);
        AddVariables(digested, key, tsig.Signed, tsig.Fudge, tsig.Error, tsig.Other);
        if (!CryptographicOperations.FixedTimeEquals(key.Mac([.. digested]), tsig.Mac)) return "the signature of the answer is not the server's";
        return Math.Abs(now.ToUnixTimeSeconds() - tsig.Signed) <= Fudge ? null : "the answer was signed at another time: it is an old one, or a clock is wrong";
    }

    private static TsigData Read(DnsRecord record)
    {
        var data = record.Data.Span;
        var at = 0;
        var algorithm = WireName.Read(data, ref at);
        var signed = ((long)Word(data, ref at) << 32) | ((long)Word(data, ref at) << 16) | Word(data, ref at);
        var fudge = Word(data, ref at);
        var mac = Part(data, ref at);
        var (id, error) = (Word(data, ref at), Word(data, ref at));
        var other = Part(data, ref at);
        return at == data.Length ? new TsigData(algorithm, signed, fudge, mac, id, error, other) : throw new FormatException("A signature goes on behind its end");
    }

    private static ushort Word(ReadOnlySpan<byte> data, ref int at)
    {
        if (data.Length - at < 2) throw new FormatException("A signature is cut off");
        at += 2;
        return BinaryPrimitives.ReadUInt16BigEndian(data[(at - 2)..]);
    }

    private static byte[] Part(ReadOnlySpan<byte> data, ref int at)
    {
        var length = Word(data, ref at);
        if (data.Length - at < length) throw new FormatException("A signature is cut off");
        at += length;
        return data[(at - length)..at].ToArray();
    }

    /// <summary>Section 4.3.3.</summary>
    private static void AddVariables(List<byte> digested, TsigKey key, long signed, ushort fudge, ushort error, byte[] other)
    {
        WireName.Write(digested, key.Name);
        DnsRequest.AddWord(digested, DnsCodes.Any);
        digested.AddRange([0, 0, 0, 0]);
        WireName.Write(digested, key.Algorithm);
        AddTime(digested, signed, fudge);
        DnsRequest.AddWord(digested, error);
        DnsRequest.AddWord(digested, other.Length);
        digested.AddRange(other);
    }

    private static void AddTime(List<byte> message, long signed, ushort fudge)
    {
        for (var shift = 40; shift >= 0; shift -= 8) message.Add((byte)(signed >> shift));
        DnsRequest.AddWord(message, fudge);
    }

    private static string TimeIn(byte[] other)
    {
        if (other.Length != 6) return "";
        var seconds = other.Aggregate(0L, (time, one) => (time << 8) | one);
        return seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? $"; the server's says {DateTimeOffset.FromUnixTimeSeconds(seconds):u}" : "";
    }

    private sealed record TsigData(string Algorithm, long Signed, ushort Fudge, byte[] Mac, ushort OriginalId, ushort Error, byte[] Other);
}
