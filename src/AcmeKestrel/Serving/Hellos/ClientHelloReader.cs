using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace AcmeKestrel.Serving.Hellos;

/// <summary>Looks at the ClientHello of a connection and leaves every byte of it there for whoever does the handshake.</summary>
internal sealed class ClientHelloReader(ServingLimits limits, TimeProvider time)
{
    private const int MaxPooled = 256;

    private readonly ConcurrentQueue<CancellationTokenSource> _deadlines = new();

    /// <summary>Reads until the hello is whole, damaged, too long or the client has gone.</summary>
    /// <exception cref="OperationCanceledException">The client was too slow.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(HelloState State, ClientHello Hello)> ReadAsync(PipeReader input)
    {
        var deadline = Rent();
        var progress = default(HelloProgress);
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(deadline.Token);
                var state = ClientHelloParser.Parse(read.Buffer, limits.MaxHelloBytes, ref progress, out var hello);
                if (state == HelloState.Incomplete && !read.IsCompleted && !read.IsCanceled)
                {
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    continue;
                }

                input.AdvanceTo(read.Buffer.Start);
                return (state, hello);
            }
        }
        finally
        {
            Return(deadline);
        }
    }

    /// <summary>A deadline that has not struck can be used again: a timer for each handshake would be the dearest part of it.</summary>
    private CancellationTokenSource Rent()
    {
        if (!_deadlines.TryDequeue(out var deadline)) return new CancellationTokenSource(limits.HelloDeadline, time);

        deadline.CancelAfter(limits.HelloDeadline);
        return deadline;
    }

    private void Return(CancellationTokenSource deadline)
    {
        if (_deadlines.Count < MaxPooled && deadline.TryReset()) _deadlines.Enqueue(deadline);
        else deadline.Dispose();
    }
}
