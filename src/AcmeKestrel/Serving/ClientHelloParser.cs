using System.Buffers;

namespace AcmeKestrel.Serving;

/// <summary>Finds the ClientHello at the start of a connection, over however many records it is split (RFC 8446 section 5.1). Pure; every length is checked, what it looks at is bounded.</summary>
internal static class ClientHelloParser
{
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int MaxFragment = (1 << 14) + 256;

    /// <summary>Each attempt walks the records from the first one; a hello of thousands of splinters is an attack on that.</summary>
    private const int MaxRecords = 4096;

    public static HelloState Parse(in ReadOnlySequence<byte> received, int maxBytes, out ClientHello hello)
    {
        hello = default;
        var state = Measure(received, maxBytes, out var message);
        if (state != HelloState.Complete) return state;

        var body = received.FirstSpan;
        if (body.Length >= RecordHeader + message && FragmentLength(body) >= message)
        {
            return ClientHelloBody.TryRead(body.Slice(RecordHeader + MessageHeader, message - MessageHeader), out hello) ? HelloState.Complete : HelloState.Invalid;
        }

        var gathered = ArrayPool<byte>.Shared.Rent(message);
        try
        {
            Gather(received, gathered.AsSpan(0, message));
            return ClientHelloBody.TryRead(gathered.AsSpan(MessageHeader, message - MessageHeader), out hello) ? HelloState.Complete : HelloState.Invalid;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(gathered);
        }
    }

    /// <summary>Walks the record headers until the whole message is there; <paramref name="message"/> is its length with its header.</summary>
    private static HelloState Measure(in ReadOnlySequence<byte> received, int maxBytes, out int message)
    {
        Span<byte> header = stackalloc byte[MessageHeader];
        var reader = new SequenceReader<byte>(received);
        var gathered = 0;
        message = int.MaxValue;
        for (var records = 0; gathered < message; records++)
        {
            if (records == MaxRecords || reader.Consumed > maxBytes) return HelloState.Invalid;
            if (!reader.TryRead(out var type)) return HelloState.Incomplete;
            if (type != HandshakeRecord) return HelloState.Invalid;
            if (!reader.TryRead(out var major)) return HelloState.Incomplete;
            if (major != 3) return HelloState.Invalid;
            if (!reader.TryRead(out _) || !reader.TryReadBigEndian(out short signed)) return HelloState.Incomplete;

            var fragment = (int)(ushort)signed;
            if (fragment is 0 or > MaxFragment) return HelloState.Invalid;

            var present = (int)Math.Min(fragment, reader.Remaining);
            if (gathered < MessageHeader) reader.TryCopyTo(header.Slice(gathered, Math.Min(MessageHeader - gathered, present)));
            if (gathered == 0 && present > 0 && header[0] != ClientHelloMessage) return HelloState.Invalid;

            gathered += present;
            reader.Advance(present);
            if (message == int.MaxValue && gathered >= MessageHeader)
            {
                message = MessageHeader + ((header[1] << 16) | (header[2] << 8) | header[3]);
                if (message > maxBytes) return HelloState.Invalid;
            }

            if (present < fragment && gathered < message) return HelloState.Incomplete;
        }

        return HelloState.Complete;
    }

    /// <summary>The fragments one after the other; <see cref="Measure"/> has seen that they are there.</summary>
    private static void Gather(in ReadOnlySequence<byte> received, Span<byte> message)
    {
        var reader = new SequenceReader<byte>(received);
        while (!message.IsEmpty)
        {
            reader.Advance(RecordHeader - sizeof(short));
            reader.TryReadBigEndian(out short signed);
            var part = message[..Math.Min((ushort)signed, message.Length)];
            reader.TryCopyTo(part);
            reader.Advance(part.Length);
            message = message[part.Length..];
        }
    }

    private static int FragmentLength(ReadOnlySpan<byte> record) => (record[3] << 8) | record[4];
}
