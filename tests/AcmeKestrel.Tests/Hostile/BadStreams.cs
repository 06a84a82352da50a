using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Hostile;

/// <summary>A byte every ten seconds of virtual time.</summary>
internal sealed class Trickle(FakeTimeProvider time) : MemoryStream
{
    public override bool CanSeek => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        time.Advance(TimeSpan.FromSeconds(10));
        cancellationToken.ThrowIfCancellationRequested();
        buffer.Span[0] = (byte)' ';
        return new(1);
    }
}

/// <summary>Half an object, and then the connection is gone.</summary>
internal sealed class BrokenOff : MemoryStream
{
    private bool _begun;

    public override bool CanSeek => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_begun) throw new HttpIOException(HttpRequestError.ResponseEnded, "The answer broke off.");

        _begun = true;
        buffer.Span[0] = (byte)'{';
        return new(1);
    }
}
