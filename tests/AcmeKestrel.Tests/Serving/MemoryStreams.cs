using System.IO.Pipelines;
using AcmeKestrel.Serving;

namespace AcmeKestrel.Tests.Serving;

/// <summary>A connection within the process.</summary>
internal static class MemoryStreams
{
    public static (Stream One, Stream Other) Pair()
    {
        var (up, down) = (new Pipe(), new Pipe());
        return (new DuplexPipeStream(new Ends(down.Reader, up.Writer)), new DuplexPipeStream(new Ends(up.Reader, down.Writer)));
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
