namespace AcmeKestrel.Tests.Serving;

/// <summary>Sends the client's first record, its hello, in many records or segments; everything after it as it is.</summary>
internal sealed class SplinteringStream(Stream network, int recordLength, int segmentLength) : Stream
{
    private bool _hasSentHello;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_hasSentHello)
        {
            await network.WriteAsync(buffer, cancellationToken);
            return;
        }

        _hasSentHello = true;
        foreach (var segment in HelloBytes.Records(buffer[5..].ToArray(), recordLength).Chunk(segmentLength))
        {
            await network.WriteAsync(segment, cancellationToken);
            await network.FlushAsync(cancellationToken);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => network.ReadAsync(buffer, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => network.Write(buffer, offset, count);

    public override int Read(byte[] buffer, int offset, int count) => network.Read(buffer, offset, count);

    public override void Flush() => network.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
