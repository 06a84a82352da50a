using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Tests.LocalCa;

namespace AcmeKestrel.Tests.Dns;

/// <summary>Servers that answer what costs as much as possible to read, or something else than they were asked.</summary>
public sealed class HostileDnsTests
{
    private const string Name = "_acme-challenge.shop.test";

    private readonly DnsLookup _lookup = new(TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>64 KiB, in which thousands of records point at one name of 32,000 bytes.</summary>
    internal static byte[] Bomb(byte[] question)
    {
        var asked = StubDns.Reply(question)[12..];
        byte[] header = [question[0], question[1], 0x84, 0, 0, 1, 0x08, 0xFC, 0, 0, 0, 0];
        byte[] longest = [.. Enumerable.Range(0, 500).SelectMany(_ => Enumerable.Repeat((byte)'a', 63).Prepend((byte)63)), 0];
        var at = header.Length + asked.Length;
        byte[] pointer = [(byte)(0xC0 | (at >> 8)), (byte)at];
        byte[] rest = [0, 5, 0, 1, 0, 0, 0, 60, 0, 2, .. pointer];
        return [.. header, .. asked, .. longest, .. rest, .. Enumerable.Range(1, 0x08FC - 1).SelectMany(_ => (byte[])[.. pointer, .. rest])];
    }

    [Fact]
    public async Task An_answer_that_is_short_on_the_wire_and_long_in_memory_is_not_read()
    {
        await using var dns = Server((question, tcp) => tcp ? Bomb(question) : StubDns.Reply(question, 0, true));

        Assert.Equal([new DnsAbsence($"ns1.shop.test ({dns.EndPoint})", "gives an answer that cannot be read")], await _lookup.FindAbsencesAsync(Name, "value", [dns.EndPoint], Token));
    }

    [Fact]
    public async Task An_answer_to_another_question_is_none()
    {
        await using var dns = Server((question, tcp) => tcp ? Another(question) : StubDns.Reply(question, 0, true));

        Assert.Equal("answers something else", Assert.Single(await _lookup.FindAbsencesAsync(Name, "value", [dns.EndPoint], Token)).Reason);
    }

    /// <summary>An answer without its question may be anybody's; a refusal without it is common, and gains nobody anything.</summary>
    [Theory]
    [InlineData(0, "gives an answer that cannot be read")]
    [InlineData(3, "gives an answer that cannot be read")]
    [InlineData(5, "refuses to answer (REFUSED)")]
    [InlineData(4, "says NOTIMP")]
    public async Task An_answer_without_its_question_tells_of_no_records(byte code, string reason)
    {
        await using var dns = Server((question, _) => [question[0], question[1], 0x84, code, 0, 0, 0, 0, 0, 0, 0, 0]);

        Assert.Equal(reason, Assert.Single(await _lookup.FindAbsencesAsync(Name, "value", [dns.EndPoint], Token)).Reason);
    }

    [Fact]
    public async Task A_server_that_knows_no_EDNS_is_asked_without()
    {
        // The last record of a question with EDNS is one of type 41.
        await using var dns = new TableDns().AddZone("shop.test", "127.0.0.1").AddText(Name, "value");
        var asked = new List<bool>();
        dns.Instead = (question, _) =>
        {
            lock (asked) asked.Add(question[11] == 1);
            return question[11] == 1 ? [question[0], question[1], 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0] : null;
        };

        Assert.Empty(await _lookup.FindAbsencesAsync(Name, "value", [dns.EndPoint], Token));
        Assert.Equal(asked.Count / 2, asked.Count(extended => extended));
    }

    private static TableDns Server(Func<byte[], bool, byte[]> answer)
    {
        var dns = new TableDns().AddZone("shop.test", "127.0.0.1");
        dns.Instead = (question, tcp) => question.AsSpan().IndexOf("_acme-challenge"u8) >= 0 ? answer(question, tcp) : null;
        return dns;
    }

    private static byte[] Another(byte[] question)
    {
        var reply = StubDns.Reply(question, StubDns.Text(Name, "value"));
        reply[13] = (byte)'x';
        return reply;
    }
}
