using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Dns.Wire;
using AcmeKestrel.Tests.Dns;
using AcmeKestrel.Tests.LocalCa;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for what servers answer to looks: any of them may be an attacker's, since anybody may have a name that leads to his zone.</summary>
public sealed class DnsSayingFuzzTests
{
    /// <summary>A record has at least twelve bytes, and may have two names of a thousand characters.</summary>
    private const int BytesPerByte = 1024;
    private const int Constant = 64 * 1024;

    private static readonly byte[] Question = DnsRequest.Look(7, "_acme-challenge.shop.test", (ushort)DnsType.TXT, recursion: false, extended: false);

    /// <summary>All types, and a name that points back.</summary>
    private static readonly byte[] Answer = StubDns.Reply(
        Question,
        StubDns.Text("_acme-challenge.shop.test", "value", new string('b', 255)),
        StubDns.Alias("a.shop.test", "b.shop.test"),
        ("c.shop.test", 5, [1, (byte)'x', 0xC0, 12]),
        ("shop.test", TableDns.Ns, StubDns.Labels("ns1.shop.test")),
        ("ns1.shop.test", TableDns.A, [127, 0, 0, 1]),
        ("ns1.shop.test", 28, new byte[16]),
        ("shop.test", TableDns.Soa, [.. StubDns.Labels("ns1.shop.test"), .. new byte[21]]),
        ("shop.test", TableDns.Caa, [0, 5, .. "issueca.test"u8]));

    [Fact]
    public void Any_answer_is_read_or_a_format_exception() => Gen.OneOf(Mutation.Of(Answer, Question), Gen.Byte.Array[0, 60]).Sample(
        bytes =>
        {
            try
            {
                var saying = Allocation.Within(BytesPerByte, Constant, bytes.Length, () => DnsSaying.Of(DnsMessage.Read(bytes)));
                if (saying.Fault is { } fault) Assert.DoesNotContain(fault, char.IsControl);
                Assert.All(saying.Answers.OfType<DnsData.Alias>(), alias => Assert.DoesNotContain(alias.Target, char.IsControl));
                DnsMessage.IsAnswerTo(bytes, Question);
            }
            catch (FormatException refused)
            {
                Assert.DoesNotContain(refused.Message, char.IsControl);
            }
        },
        iter: FuzzCases.Count,
        threads: 1,
        print: Convert.ToHexString);

    [Fact]
    public void The_sample_says_all_that_is_in_it()
    {
        var saying = DnsSaying.Of(DnsMessage.Read(Answer));

        Assert.Equal(8, saying.Answers.Count);
        Assert.Equal(new string('b', 255), Assert.Single(saying.At<DnsData.Text>("_acme-challenge.shop.test")).Value["value".Length..]);
        Assert.Equal("x._acme-challenge.shop.test", Assert.Single(saying.At<DnsData.Alias>("c.shop.test")).Target);
        Assert.Equal(new DnsData.Caa("shop.test", 0, "issue", "ca.test"), Assert.Single(saying.At<DnsData.Caa>("shop.test")));
    }

    [Fact]
    public void What_is_short_on_the_wire_and_long_in_memory_costs_little()
    {
        var bomb = HostileDnsTests.Bomb(Question);
        Assert.InRange(bomb.Length, 60_000, ushort.MaxValue);

        Assert.False(Allocation.Within(1, Constant, bomb.Length, () =>
        {
            try
            {
                return DnsSaying.Of(DnsMessage.Read(bomb)) is not null;
            }
            catch (FormatException)
            {
                return false;
            }
        }));
    }
}
