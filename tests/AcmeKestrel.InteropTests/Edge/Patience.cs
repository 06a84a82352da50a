using System.Diagnostics;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>How long a test waits for a condition before it calls it broken. Generous: a slow machine is not a bug.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(100);

    public static CancellationTokenSource Linked(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(Limit);
        return source;
    }

    /// <summary>Asks again until the answer is not null; the more rarely the longer it takes, for what is asked has the same processors as what is waited for.</summary>
    public static async Task<T> UntilAsync<T>(Func<CancellationToken, Task<T?>> ask, Func<string> despair, CancellationToken cancellationToken)
        where T : class
    {
        using var patience = Linked(cancellationToken);
        var since = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                if (await ask(patience.Token) is { } answer) return answer;

                var pause = since.Elapsed / 16;
                await Task.Delay(pause < Shortest ? Shortest : pause > Longest ? Longest : pause, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(despair());
        }
    }
}
