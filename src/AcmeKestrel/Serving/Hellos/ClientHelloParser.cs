using System.Buffers;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>Finds the ClientHello at the start of a connection, over however many records it is split (RFC 8446 section 5.1). Pure; every length is checked, what it looks at is bounded.</summary>
internal static class ClientHelloParser
{
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const int RecordHeader = 5;
    private const int MessageHeader = 4;
    private const int MaxFragment = (1 << 14) + 256;

    /// <summary>No client cuts its hello into thousands of splinters.</summary>
    private const int MaxRecords = 4096;

    /// <param name="progress">Of the attempts before this one, which saw the beginning of the same bytes.</param>
    public static HelloState Parse(in ReadOnlySequence<byte> received, int maxBytes, ref HelloProgress progress, out ClientHello hello)
    {
        hello = default;
        var state = Measure(received, maxBytes, ref progress, out var message);
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
    private static HelloState Measure(in ReadOnlySequence<byte> received, int maxBytes, ref HelloProgress progress, out int message)
    {
        var reader = new SequenceReader<byte>(received.Slice(progress.Offset));
        while ((message = LengthOf(progress)) > progress.Gathered)
        {
            if (progress.Records == MaxRecords || progress.Offset > maxBytes) return HelloState.Invalid;
            if (!reader.TryRead(out var type)) return HelloState.Incomplete;
            if (type != HandshakeRecord) return HelloState.Invalid;
            if (!reader.TryRead(out var major)) return HelloState.Incomplete;
            if (major != 3) return HelloState.Invalid;
            if (!reader.TryRead(out _) || !reader.TryReadBigEndian(out short signed)) return HelloState.Incomplete;

            var fragment = (int)(ushort)signed;
            if (fragment is 0 or > MaxFragment) return HelloState.Invalid;

            // Of a record that has not come whole, all but the hello's own header is looked at when it has.
            var present = (int)Math.Min(fragment, reader.Remaining);
            var seen = progress;
            for (var i = seen.Gathered; i < MessageHeader && i - progress.Gathered < present; i++)
            {
                reader.TryPeek(i - progress.Gathered, out var next);
                seen.Header |= (uint)next << (8 * (MessageHeader - 1 - i));
            }

            seen.Gathered += present;
            if (seen.Gathered > 0 && seen.Header >> 24 != ClientHelloMessage) return HelloState.Invalid;
            if (LengthOf(seen) is < int.MaxValue and var length && length > maxBytes) return HelloState.Invalid;
            if (present < fragment)
            {
                message = LengthOf(seen);
                return seen.Gathered >= message ? HelloState.Complete : HelloState.Incomplete;
            }

            reader.Advance(fragment);
            seen.Offset += RecordHeader + fragment;
            seen.Records++;
            progress = seen;
        }

        return HelloState.Complete;
    }

    /// <summary>Unknown before the whole header is there.</summary>
    private static int LengthOf(in HelloProgress progress) => progress.Gathered < MessageHeader ? int.MaxValue : MessageHeader + (int)(progress.Header & 0xFFFFFF);

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
