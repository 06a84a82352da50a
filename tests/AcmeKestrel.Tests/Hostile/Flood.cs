namespace AcmeKestrel.Tests.Hostile;

/// <summary>A body of 100 MB that comes as fast as it is read.</summary>
internal sealed class Flood
{
    public const long Size = 100 * 1000 * 1000;

    /// <summary>Bytes that were read of all such bodies.</summary>
    public long Read { get; private set; }

    /// <summary>The most that was read of one.</summary>
    public long Longest { get; private set; }

    public Stream Open() => new Body(this);

    private sealed class Body(Flood flood) : MemoryStream
    {
        private long _given;

        public override bool CanSeek => false;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = (int)Math.Min(buffer.Length, Size - _given);
            buffer.Span[..count].Fill((byte)'{');
            _given += count;
            flood.Read += count;
            flood.Longest = Math.Max(flood.Longest, _given);
            return new(count);
        }
    }
}
