using System.Buffers;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Tests.Serving;
using CsCheck;

namespace AcmeKestrel.Tests.Fuzzing;

/// <summary>Promise 8 for the first bytes of anybody who connects.</summary>
public sealed class ClientHelloFuzzTests
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>The server name is all that is kept; a message in splinters is gathered in a pooled buffer.</summary>
    private const int BytesPerByte = 4;
    private const int Constant = 4 * 1024;

    private static readonly Gen<string?> Names = Gen.OneOf<string?>(
        Gen.OneOf<string?>(null, "shop.test", "Shop.Test", "xn--bcher-kva.test", new string('a', 253)),
        Gen.Char["abcXYZ019-._"].Array[1, 30].Select(name => (string?)new string(name)).Where(name => !name!.EndsWith('.')));

    private static readonly Gen<string[]?> Protocols = Gen.OneOf(
        Gen.OneOf<string[]?>(null, ["acme-tls/1"], ["h2", "http/1.1"]),
        Gen.OneOf("acme-tls/1", "h2", "acme-tls/2", "x").Array[1, 4].Select(protocols => (string[]?)protocols));

    private static readonly Gen<ushort[]> Suites = Gen.OneOf<ushort>(0x1301, 0xC02B, 0xC02F, 0xC030, 0x0A0A).Array[1, 5];

    private static readonly Gen<ushort[]?> Signatures = Gen.OneOf(Gen.Const((ushort[]?)null), Gen.OneOf<ushort>(0x0403, 0x0804, 0x0401, 0x0603).Array[1, 4].Select(signatures => (ushort[]?)signatures));

    /// <summary>Extensions that nobody here looks at, of any content.</summary>
    private static readonly Gen<byte[][]> Others = Gen.Select(Gen.OneOf<ushort>(11, 23, 35, 51, 0x0A0A, 0xFE0D), Gen.Byte.Array[0, 60], HelloBytes.Extension).Array[0, 4];

    private static readonly Gen<ushort[]?> Groups = Gen.OneOf(Gen.Const((ushort[]?)null), Gen.OneOf<ushort>(23, 24, 29, 0x11EC).Array[0, 4].Select(groups => (ushort[]?)groups));

    private static readonly Gen<(Sent Sent, byte[] Message)> Hellos = Gen.Select(
        Gen.Select(Names, Protocols), Suites, Signatures, Groups, Gen.Bool, Others, (visit, suites, signatures, groups, tls13, others) =>
        {
            List<byte[]> more = [.. others];
            if (groups is not null) more.Insert(0, HelloBytes.Extension(10, HelloBytes.List(groups)));
            if (tls13) more.Add(HelloBytes.Extension(43, [4, 3, 4, 3, 3]));
            return (new Sent(visit.Item1, visit.Item2, suites, signatures, groups, tls13), HelloBytes.Message(visit.Item1, visit.Item2, suites, signatures, [.. more]));
        });

    private static readonly Gen<byte[]> DamagedMessages = Gen.OneOf(
        Mutation.Of(Hellos.Select(hello => hello.Message)).Select(WithLength),
        Mutation.Of(Hellos.Select(hello => hello.Message)),
        Gen.Select(Gen.Byte.Array[0, 80], body => WithLength([1, 0, 0, 0, 3, 3, .. new byte[32], .. body])));

    [Fact]
    public void Any_true_hello_is_read_the_same_however_it_is_split() => Gen.Select(Hellos, Gen.Int[1, 600], Gen.Int[1, 200]).Sample(
        (hello, fragment, segment) =>
        {
            var records = HelloBytes.Records(hello.Message, fragment);
            Assert.Equal((HelloState.Complete, hello.Sent.Expected with { Random = default(HelloRandom) }), Parse(Segmented(records, segment)));
            Assert.Equal(HelloState.Incomplete, Parse(new(records[..(records.Length * segment / 201)])).State);
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Any_message_means_the_same_in_one_record_and_in_many() => Gen.Select(DamagedMessages, Gen.Int[1, 100], Gen.Int[1, 100]).Sample(
        (message, fragment, segment) =>
        {
            var whole = Parse(new(HelloBytes.Records(message)));
            Assert.Equal(whole, Parse(new(HelloBytes.Records(message, fragment))));
            Assert.Equal(whole, Parse(Segmented(HelloBytes.Records(message, fragment), segment)));
            AssertHostName(whole.Hello);
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Any_bytes_mean_the_same_in_one_segment_and_in_many() => Gen.Select(
        Gen.OneOf(
            Mutation.Of(Gen.Select(Hellos, Gen.Int[1, 300], (hello, fragment) => HelloBytes.Records(hello.Message, fragment))),
            Gen.Byte.Array[0, 300],
            Gen.Byte.Array[0, 100].Select(bytes => (byte[])[22, 3, 1, .. bytes])),
        Gen.Int[1, 40]).Sample(
        (bytes, segment) =>
        {
            var whole = Parse(new(bytes));
            Assert.Equal(whole, Parse(Segmented(bytes, segment)));
            AssertHostName(whole.Hello);
        },
        iter: FuzzCases.Count,
        threads: 1);

    [Fact]
    public void Any_body_is_a_hello_or_none() => DamagedMessages.Sample(
        message =>
        {
            var body = message.AsMemory(Math.Min(4, message.Length));
            AssertHostName(Allocation.Within(BytesPerByte, Constant, body.Length, () => ClientHelloBody.TryRead(body.Span, out var hello) ? hello : default));
        },
        iter: FuzzCases.Count,
        threads: 1);

    private static (HelloState State, ClientHello Hello) Parse(ReadOnlySequence<byte> bytes) =>
        Allocation.Within(BytesPerByte, Constant, (int)bytes.Length, () =>
        {
            var progress = default(HelloProgress);
            return (ClientHelloParser.Parse(bytes, MaxBytes, ref progress, out var hello), hello);
        });

    /// <summary>So that the damage is inside and not in the way.</summary>
    private static byte[] WithLength(byte[] message)
    {
        if (message.Length < 4) return message;

        var body = message.Length - 4;
        return [1, (byte)(body >> 16), (byte)(body >> 8), (byte)body, .. message[4..]];
    }

    private static void AssertHostName(ClientHello hello)
    {
        if (hello.ServerName is { } name) Assert.True(name.Length is > 0 and <= 253 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_'), name);
    }

    private static ReadOnlySequence<byte> Segmented(byte[] bytes, int length)
    {
        var first = new Segment([], 0);
        var last = first;
        foreach (var part in bytes.Chunk(length)) last = last.Append(part);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    /// <summary>What a hello says, and what must be read out of it.</summary>
    private sealed record Sent(string? Name, string[]? Protocols, ushort[] Suites, ushort[]? Signatures, ushort[]? Groups, bool Tls13)
    {
        private static readonly (KeyFamily Family, ushort Scheme, ushort Group)[] Curves = [(KeyFamily.P256, 0x0403, 23), (KeyFamily.P384, 0x0503, 24), (KeyFamily.P521, 0x0603, 25)];

        public ClientHello Expected => new(Name, Protocols is ["acme-tls/1"], Rsa | (Suites.Any(suite => suite is 0x1301 or 0xC02B) ? Ecdsa : KeyFamily.None));

        private KeyFamily Rsa => Suites.Any(suite => suite is not (0xC02B or 0x0A0A)) && (Signatures is null || Signatures.Any(signature => signature is 0x0804 or 0x0401)) ? KeyFamily.Rsa : KeyFamily.None;

        private KeyFamily Ecdsa => Curves.Where(curve => Signatures switch
        {
            null => Tls13 || IsInGroups(curve.Group),
            var schemes when Tls13 => schemes.Contains(curve.Scheme),
            var schemes => schemes.Any(scheme => scheme is 0x0403 or 0x0603) && IsInGroups(curve.Group),
        }).Aggregate(KeyFamily.None, (all, curve) => all | curve.Family);

        private bool IsInGroups(ushort group) => Groups is null || Groups.Contains(group);
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
