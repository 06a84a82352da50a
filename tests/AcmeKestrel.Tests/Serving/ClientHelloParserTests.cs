using System.Buffers;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Hellos;

namespace AcmeKestrel.Tests.Serving;

public sealed class ClientHelloParserTests
{
    private const int MaxBytes = 64 * 1024;

    [Fact]
    public void Name_and_protocols_are_read()
    {
        Assert.Equal(Whole("shop.test", isAcme: false), Parse(HelloBytes.Records(HelloBytes.Message("shop.test", ["h2", "http/1.1"]))));
        Assert.Equal(Whole("shop.test", isAcme: true), Parse(HelloBytes.Records(HelloBytes.Message("shop.test", ["acme-tls/1"]))));
    }

    [Theory]
    [InlineData("acme-tls/1", "h2")]
    [InlineData("h2", "acme-tls/1")]
    [InlineData("acme-tls/1", "acme-tls/1")]
    [InlineData("acme-tls/2")]
    [InlineData("acme-tls/1 ")]
    [InlineData("acme-tls")]
    public void Only_the_single_name_counts_as_a_probe(params string[] alpn) =>
        Assert.Equal(Whole("shop.test", isAcme: false), Parse(HelloBytes.Records(HelloBytes.Message("shop.test", alpn))));

    [Theory]
    [InlineData("Shop.Test", "Shop.Test")]
    [InlineData("shop.test.", "shop.test")]
    [InlineData("shop.test..", null)]
    [InlineData("", null)]
    [InlineData(".", null)]
    [InlineData("shop test", null)]
    [InlineData("../../etc/passwd", null)]
    [InlineData("b\u00fccher.test", null)]
    [InlineData("shop.test\0", null)]
    public void A_name_that_is_no_host_name_counts_as_none(string sent, string? read)
    {
        Assert.Equal(Whole(read, isAcme: false), Parse(HelloBytes.Records(HelloBytes.Message(sent))));

        // QUIC shows it as a text.
        Assert.Equal(read, Http3Handshake.HelloOf(sent).ServerName);
    }

    [Fact]
    public void A_name_that_is_too_long_counts_as_none() =>
        Assert.Equal((Whole(null, isAcme: false), null), (Parse(HelloBytes.Records(HelloBytes.Message(new string('a', 254)))), Http3Handshake.HelloOf(new string('a', 254)).ServerName));

    [Fact]
    public void A_hello_without_extensions_is_whole() =>
        Assert.Equal(Whole(null, isAcme: false), Parse(HelloBytes.Records(HelloBytes.Message([0xC02B, 0xC02F], []))));

    /// <summary>TLS 1.3 binds the curve to the signature scheme; before, it is one of the groups, and without a list there are no objections.</summary>
    [Theory]
    [InlineData(true, new ushort[] { 0x1301 }, new ushort[] { 0x0403, 0x0804 }, null, (int)(KeyFamily.P256 | KeyFamily.Rsa))]
    [InlineData(true, new ushort[] { 0x1301 }, new ushort[] { 0x0503, 0x0403 }, new ushort[] { 29 }, (int)(KeyFamily.P256 | KeyFamily.P384))]
    [InlineData(true, new ushort[] { 0x1301 }, new ushort[] { 0x0804, 0x0401 }, null, (int)(KeyFamily.Rsa))]
    [InlineData(true, new ushort[] { 0x1301, 0xC02B }, new ushort[] { 0x0403 }, new ushort[] { 23, 24 }, (int)(KeyFamily.P256))]
    [InlineData(false, new ushort[] { 0xC02F, 0xC030 }, new ushort[] { 0x0403, 0x0401 }, null, (int)(KeyFamily.Rsa))]
    [InlineData(false, new ushort[] { 0xC02F, 0xC02B }, new ushort[] { 0x0403, 0x0401 }, new ushort[] { 23 }, (int)(KeyFamily.P256 | KeyFamily.Rsa))]
    [InlineData(false, new ushort[] { 0xC02B, 0x0A0A, 0x00FF }, new ushort[] { 0x0403, 0x0401 }, new ushort[] { 24, 29 }, (int)(KeyFamily.P384))]
    [InlineData(false, new ushort[] { 0xC02B }, null, new ushort[] { 29 }, (int)(KeyFamily.None))]
    [InlineData(false, new ushort[] { 0xC02B }, null, null, (int)(KeyFamily.P256 | KeyFamily.P384 | KeyFamily.P521))]
    public void What_a_client_can_verify_is_what_its_suites_signature_schemes_and_groups_allow(bool tls13, ushort[] suites, ushort[]? schemes, ushort[]? groups, int accepts)
    {
        List<byte[]> more = tls13 ? [HelloBytes.Extension(43, [2, 3, 4])] : [];
        if (groups is not null) more.Add(HelloBytes.Extension(10, HelloBytes.List(groups)));

        var (state, hello) = Parse(HelloBytes.Records(HelloBytes.Message("shop.test", null, suites, schemes, [.. more])));

        Assert.Equal((HelloState.Complete, (KeyFamily)accepts), (state, hello.Accepts));
    }

    [Fact]
    public void Records_that_were_walked_are_not_walked_again()
    {
        var bytes = HelloBytes.Records(HelloBytes.Message("shop.test"), 1);
        var progress = default(HelloProgress);
        for (var length = 1; length < bytes.Length - 1; length++)
        {
            Assert.Equal(HelloState.Incomplete, ClientHelloParser.Parse(new ReadOnlySequence<byte>(bytes, 0, length), MaxBytes, ref progress, out _));

            // Whoever looks at what is behind would find nonsense.
            if (length % 6 == 0) bytes.AsSpan(0, length).Fill(0xFF);
        }
    }

    [Fact]
    public void A_hello_that_comes_byte_by_byte_reads_as_one_that_comes_at_once()
    {
        foreach (var fragment in new[] { 1, 3, 7, 16384 })
        {
            var bytes = HelloBytes.Records(HelloBytes.Message("shop.test", ["acme-tls/1"]), fragment);
            var progress = default(HelloProgress);
            var hello = default(ClientHello);
            for (var length = 0; length <= bytes.Length; length++)
            {
                var state = ClientHelloParser.Parse(new ReadOnlySequence<byte>(bytes, 0, length), MaxBytes, ref progress, out hello);
                Assert.Equal(length == bytes.Length ? HelloState.Complete : HelloState.Incomplete, state);
            }

            Assert.Equal(Whole("shop.test", isAcme: true).Hello, hello with { Random = null });
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(100)]
    public void A_hello_split_over_records_is_put_together(int fragment)
    {
        var message = HelloBytes.Message("shop.test", ["acme-tls/1"], null, null, HelloBytes.Extension(51, new byte[1200]));

        Assert.Equal(Whole("shop.test", isAcme: true), Parse(HelloBytes.Records(message, fragment)));
    }

    [Fact]
    public void Every_true_beginning_is_incomplete_however_it_is_cut()
    {
        foreach (var fragment in new[] { 1, 7, 16384 })
        {
            var records = HelloBytes.Records(HelloBytes.Message("shop.test", ["h2"]), fragment);
            for (var length = 0; length < records.Length; length++) Assert.Equal(HelloState.Incomplete, Parse(records[..length]).State);
            Assert.Equal(HelloState.Complete, Parse(records).State);
        }
    }

    [Fact]
    public void Bytes_in_many_segments_mean_the_same() =>
        Assert.Equal(Whole("shop.test", isAcme: true), Parse(Segmented(HelloBytes.Records(HelloBytes.Message("shop.test", ["acme-tls/1"]), 50), 3)));

    public static TheoryData<string, byte[]> Damaged => new()
    {
        { "plain http", "GET / HTTP/1.1\r\n\r\n"u8.ToArray() },
        { "an SSL 2 hello", [0x80, 0x2e, 1, 3, 1] },
        { "an alert record", [21, 3, 1, 0, 2, 2, 40] },
        { "version 2", [22, 2, 0, 0, 5, 1] },
        { "an empty fragment", [22, 3, 1, 0, 0] },
        { "a fragment longer than TLS allows", [22, 3, 1, 0xFF, 0xFF, 1] },
        { "another handshake message", [22, 3, 1, 0, 4, 2, 0, 0, 0] },
        { "a message longer than the cap", [22, 3, 1, 0, 4, 1, 2, 0, 0] },
        { "a message that is too short", [22, 3, 1, 0, 6, 1, 0, 0, 2, 3, 3] },
        { "two server names extensions", HelloBytes.Records(HelloBytes.Message("a.test", null, null, null, HelloBytes.ServerName("b.test"))) },
        { "two ALPN extensions", HelloBytes.Records(HelloBytes.Message("a.test", ["acme-tls/1"], null, null, HelloBytes.Alpn("h2"))) },
        { "an ALPN list that claims more than there is", HelloBytes.Records(HelloBytes.Message("a.test", null, null, null, HelloBytes.Extension(16, [0, 9, 2, 104]))) },
        { "an empty protocol name", HelloBytes.Records(HelloBytes.Message("a.test", [""])) },
        { "an extension that claims more than there is", HelloBytes.Records(HelloBytes.Message(HelloBytes.Modern, [0, 4, 0, 0, 0, 9])) },
        { "bytes after the extensions", HelloBytes.Records(HelloBytes.Message(HelloBytes.Modern, [0, 0, 1])) },
        { "an odd list of signature algorithms", HelloBytes.Records(HelloBytes.Message("a.test", null, null, null, HelloBytes.Extension(13, [0, 3, 4, 3, 8]))) },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Damage_is_invalid(string damage, byte[] bytes) => Assert.Equal((damage, HelloState.Invalid), (damage, Parse(bytes).State));

    [Fact]
    public void Thousands_of_splinters_are_invalid()
    {
        var message = HelloBytes.Message("shop.test", null, null, null, HelloBytes.Extension(21, new byte[5000]));

        Assert.Equal(HelloState.Invalid, Parse(HelloBytes.Records(message, 1)).State);
    }

    private static (HelloState State, ClientHello Hello) Whole(string? name, bool isAcme) => (HelloState.Complete, new ClientHello(name, isAcme, KeyFamily.Rsa | KeyFamily.P256 | KeyFamily.P384 | KeyFamily.P521));

    private static (HelloState State, ClientHello Hello) Parse(byte[] bytes) => Parse(new ReadOnlySequence<byte>(bytes));

    private static (HelloState State, ClientHello Hello) Parse(ReadOnlySequence<byte> bytes)
    {
        var progress = default(HelloProgress);
        return (ClientHelloParser.Parse(bytes, MaxBytes, ref progress, out var hello), hello with { Random = null });
    }

    private static ReadOnlySequence<byte> Segmented(byte[] bytes, int length)
    {
        var first = new Segment([], 0);
        var last = first;
        foreach (var part in bytes.Chunk(length)) last = last.Append(part);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes, long runningIndex) => (Memory, RunningIndex) = (bytes, runningIndex);

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
