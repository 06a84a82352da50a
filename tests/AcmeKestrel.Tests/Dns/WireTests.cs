using AcmeKestrel.Dns.Wire;
using CsCheck;

namespace AcmeKestrel.Tests.Dns;

public sealed class WireTests
{
    internal static readonly Gen<string> Names = Gen.Char["abcXYZ019-_"].Array[1, 20].Select(chars => new string(chars)).Array[1, 6].Select(labels => string.Join('.', labels));

    [Fact]
    public void Every_name_comes_back_in_lower_case() => Names.Sample(name =>
    {
        List<byte> written = [7];
        WireName.Write(written, name);
        var at = 1;

        Assert.True(WireName.IsOne(name));
        Assert.Equal(name.ToLowerInvariant(), WireName.Read(written.ToArray(), ref at));
        Assert.Equal(written.Count, at);
    });

    [Theory]
    [InlineData("")]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("_acme-challenge.a-b.test")]
    public void A_name_is_one(string name) => Assert.True(WireName.IsOne(name));

    [Theory]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("a.")]
    [InlineData("a b")]
    [InlineData("bücher.example")]
    [InlineData("*.example")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void No_name_is_written(string name) => Assert.Throws<FormatException>(() => WireName.Write([], name));

    [Fact]
    public void A_name_has_no_more_than_255_bytes()
    {
        var longest = string.Join('.', Enumerable.Repeat(new string('a', 62), 4).Append("b"));
        Assert.Equal(253, longest.Length);

        Assert.True(WireName.IsOne(longest));
        Assert.False(WireName.IsOne(longest + "b"));
    }

    [Fact]
    public void Compressed_names_are_read()
    {
        byte[] message = [4, (byte)'t', (byte)'e', (byte)'s', (byte)'t', 0, 1, (byte)'A', 0xC0, 0, 2, (byte)'b', (byte)'.', 0xC0, 6, 9];
        var at = 10;

        Assert.Equal("b\\046.a.test", WireName.Read(message, ref at));
        Assert.Equal(15, at);
    }

    [Theory]
    [InlineData(new byte[] { 0xC0, 0 }, "points")]
    [InlineData(new byte[] { 0xC0, 2, 0xC0, 0 }, "points")]
    [InlineData(new byte[] { 1, 65, 0xC0, 0 }, "points")]
    [InlineData(new byte[] { 3, 65 }, "no end")]
    [InlineData(new byte[] { 1, 65 }, "no end")]
    [InlineData(new byte[] { 0xC0 }, "points|no end")]
    [InlineData(new byte[] { 0x41, 65, 0 }, "type")]
    public void What_is_no_name_is_said(byte[] message, string why)
    {
        var fault = Assert.Throws<FormatException>(() =>
        {
            var at = 0;
            WireName.Read(message, ref at);
        });

        Assert.Contains(why.Split('|'), word => fault.Message.Contains(word, StringComparison.Ordinal));
    }

    [Fact]
    public void An_update_is_read_as_it_was_written() => Gen.Select(Names, Gen.Char["abcdefgh-_019"].Array[0, 600].Select(chars => new string(chars)), Gen.Int[1, 86_400], Gen.UShort).Sample((name, value, ttl, id) =>
    {
        var read = DnsMessage.Read(DnsRequest.Add(id, "test", name, value, ttl));

        Assert.Equal(id, read.Id);
        Assert.Equal(5, read.Bytes.Span[2] >> 3);
        var change = Assert.Single(read.Authorities);
        Assert.Equal((name.ToLowerInvariant(), (ushort)DnsType.TXT, DnsCodes.In), (change.Name, change.Type, change.Class));
        Assert.Equal(value, TextOf(change));

        Assert.Equal(DnsCodes.None, Assert.Single(DnsMessage.Read(DnsRequest.Remove(id, "test", name, value)).Authorities).Class);
    });

    /// <summary>RFC 2136 section 2.4 and 2.5, byte by byte.</summary>
    [Fact]
    public void An_update_looks_as_the_RFC_says()
    {
        Assert.Equal(
            "1234280000010000000100000161047465737400000600010162016104746573740000100001000000780003027677".ToUpperInvariant(),
            Convert.ToHexString(DnsRequest.Add(0x1234, "a.test", "b.a.test", "vw", 120)));
        Assert.Equal(
            "12342800000100000001000001610474657374000006000101620161047465737400001000FE000000000003027677".ToUpperInvariant(),
            Convert.ToHexString(DnsRequest.Remove(0x1234, "a.test", "b.a.test", "vw")));
    }

    internal static string TextOf(DnsRecord record)
    {
        var (text, data) = ("", record.Data.ToArray());
        for (var at = 0; at < data.Length; at += data[at] + 1) text += System.Text.Encoding.ASCII.GetString(data, at + 1, data[at]);
        return text;
    }
}
