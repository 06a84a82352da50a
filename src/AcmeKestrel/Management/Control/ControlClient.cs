using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Control;

/// <summary>Asks the server that listens on a socket; a connection for each question.</summary>
internal sealed class ControlClient(string path, TimeProvider time)
{
    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(5);

    /// <summary>More than a server takes that has a hundred thousand of what is asked for.</summary>
    private static readonly TimeSpan LongestList = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan BetweenConnects = TimeSpan.FromMilliseconds(20);

    /// <summary>Null: nobody answers there.</summary>
    public async Task<AcmeServerInfo?> FindAsync(CancellationToken cancellationToken)
    {
        if (!Socket.OSSupportsUnixDomainSockets || !File.Exists(path)) return null;

        using var late = new CancellationTokenSource(LongestConnect, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            await foreach (var answer in AskAsync(new ControlQuestion(ControlVerb.Info), either.Token).ConfigureAwait(false))
            {
                if (answer.Server is { } server) return server;
            }
        }
        catch (StoreUnavailableException)
        {
            // Left by a process that was killed, or another user's.
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
        }

        return null;
    }

    /// <summary>What all answers have of it. For the contract's members that do not wait: here they do, and not for ever.</summary>
    /// <exception cref="StoreUnavailableException">As <see cref="AskAsync"/>, and where the server has not answered within a minute.</exception>
    public IReadOnlyList<T> List<T>(ControlVerb verb, Func<ControlAnswer, T?> of)
        where T : class => Task.Run(() => ListInTimeAsync(verb, of)).GetAwaiter().GetResult();

    /// <summary>What all answers have of it.</summary>
    /// <exception cref="StoreUnavailableException">As <see cref="AskAsync"/>.</exception>
    public async Task<IReadOnlyList<T>> ListAsync<T>(ControlVerb verb, Func<ControlAnswer, T?> of, CancellationToken cancellationToken)
        where T : class
    {
        var list = new List<T>();
        await foreach (var answer in AskAsync(new ControlQuestion(verb), cancellationToken).ConfigureAwait(false))
        {
            if (of(answer) is { } found) list.Add(found);
        }

        return list;
    }

    /// <exception cref="StoreUnavailableException">The server does not answer, or stopped in the middle of it.</exception>
    public async IAsyncEnumerable<ControlAnswer> AskAsync(ControlQuestion question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await TryAsync(() => ConnectAsync(socket, cancellationToken)).ConfigureAwait(false);
        await using var stream = new NetworkStream(socket);
        await TryAsync(() => ControlLines.WriteAsync(stream, question, ControlJson.Default.ControlQuestion, cancellationToken)).ConfigureAwait(false);
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            ControlAnswer? answer = null;
            await TryAsync(async () => answer = await ControlLines.ReadAsync(reader, ControlJson.Default.ControlAnswer, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            if (answer is null) throw new StoreUnavailableException("the server has ended the connection");
            if (answer.IsEnd) yield break;
            yield return answer;
        }
    }

    private async Task<IReadOnlyList<T>> ListInTimeAsync<T>(ControlVerb verb, Func<ControlAnswer, T?> of)
        where T : class
    {
        using var late = new CancellationTokenSource(LongestList, time);
        try
        {
            return await ListAsync(verb, of, late.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException silent)
        {
            throw new StoreUnavailableException($"the server does not answer within {LongestList.TotalSeconds:0} s", silent);
        }
    }

    /// <summary>A server whose queue is full says "try again", and a Unix socket's queue has no waiting of its own.</summary>
    private async Task ConnectAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var address = ControlAddress.Of(path) ?? throw new IOException("its socket has no address on this system");
        while (true)
        {
            try
            {
                await socket.ConnectAsync(address.EndPoint, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SocketException full) when (full.SocketErrorCode is SocketError.WouldBlock or SocketError.TryAgain)
            {
                await Task.Delay(BetweenConnects, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task TryAsync(Func<Task> exchange)
    {
        try
        {
            await exchange().ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or SocketException or InvalidDataException)
        {
            throw new StoreUnavailableException($"the server does not answer: {broken.Message}", broken);
        }
    }
}
