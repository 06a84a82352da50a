using AcmeKestrel.Dns.Wire;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the messages of DNS servers.</summary>
public sealed class DnsMessageFuzzTests
{
    /// <summary>Names that point at one another: a record has at least twelve bytes, and its name is at most a thousand characters long.</summary>
    private const int BytesPerByte = 512;
    private const int Constant = 64 * 1024;

    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly TsigKey Key = new("edge.test", "hmac-sha256", [1, 2, 3, 4]);
    private static readonly byte[] Update = DnsRequest.Add(7, "shop.test", "_acme-challenge.shop.test", new string('a', 300), 60);

    /// <summary>Signed as a request is: without the signature of an earlier message.</summary>
    private static readonly byte[] Signed = Tsig.Sign(Update, Key, Now).Message;

    /// <summary>A SOA record whose names point back.</summary>
    private static readonly byte[] Compressed =
    [
        0, 7, 0x84, 3, 0, 1, 0, 0, 0, 1, 0, 0, 1, (byte)'a', 4, (byte)'t', (byte)'e', (byte)'s', (byte)'t', 0, 0, 16, 0, 1,
        0xC0, 14, 0, 6, 0, 1, 0, 0, 0, 60, 0, 26, 2, (byte)'n', (byte)'s', 0xC0, 14, 0xC0, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0,
    ];

    [Fact]
    public void Any_message_is_read_or_a_format_exception() => Gen.OneOf(Mutation.Of(Signed, Update, Compressed), Gen.Byte.Array[0, 60]).Sample(
        bytes =>
        {
            try
            {
                var message = Allocation.Within(BytesPerByte, Constant, bytes.Length, () => DnsMessage.Read(bytes));
                Assert.All(message.Answers.Concat(message.Authorities).Concat(message.Additionals), record => Assert.InRange(record.Name.Length, 0, 1020));
                if (Allocation.Within(BytesPerByte, Constant, bytes.Length, () => Tsig.FaultOf(message, Key, [9, 9], Now)) is { } fault) Assert.DoesNotContain(fault, char.IsControl);
            }
            catch (FormatException refused)
            {
                Assert.DoesNotContain(refused.Message, char.IsControl);
            }
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    /// <summary>Whoever changes an answer on the way, and has not the key, is not believed.</summary>
    [Fact]
    public void No_changed_answer_is_the_servers()
    {
        var answer = Answer();
        Assert.Null(Tsig.FaultOf(DnsMessage.Read(answer), Key, [9, 9], Now));

        Mutation.Of(answer).Where(bytes => !bytes.AsSpan().SequenceEqual(answer)).Sample(
            bytes =>
            {
                try
                {
                    // The id is the transport's: what is signed is the original one, which is kept beside the signature. So are letters' cases, and the TTL of the signature's record.
                    if (Tsig.FaultOf(DnsMessage.Read(bytes), Key, [9, 9], Now) is null) Assert.Equal(Signs(answer), Signs(bytes));
                }
                catch (FormatException)
                {
                }
            },
            iter: FuzzCases.Count,
            threads: 1,
            print: Convert.ToHexString);
    }

    /// <summary>What counts of an answer: its code and its records but the signature.</summary>
    private static string Signs(byte[] bytes)
    {
        var message = DnsMessage.Read(bytes);
        return $"{Convert.ToHexString(bytes[2..10])} {string.Join(' ', message.Answers.Concat(message.Authorities).Concat(message.Additionals.SkipLast(1)).Select(record => $"{record.Name} {record.Type} {record.Class} {Convert.ToHexString(record.Data.Span)}"))}";
    }

    /// <summary>With the MAC of the question in front (RFC 8945 section 4.3.1): what a request's signature leaves out is put in as if it were a message's begin.</summary>
    private static byte[] Answer()
    {
        byte[] header = [0, 7, 0xA8, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var unsigned = Tsig.Sign(header, Key, Now).Message;
        var at = 12 + 11 + 10 + 13;
        byte[] digested = [0, 2, 9, 9, .. header, .. Name("edge.test"), 0, 255, 0, 0, 0, 0, .. Name("hmac-sha256"), .. unsigned[at..(at + 8)], 0, 0, 0, 0];
        Key.Mac(digested).CopyTo(unsigned, at + 10);
        return unsigned;
    }

    private static byte[] Name(string name)
    {
        List<byte> bytes = [];
        WireName.Write(bytes, name);
        return [.. bytes];
    }
}
