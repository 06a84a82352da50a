namespace AcmeKestrel.InteropTests.Edge;

/// <summary>How long a test waits for a condition before it calls it broken. Generous: a slow machine is not a bug.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    public static CancellationTokenSource Linked(CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        source.CancelAfter(Limit);
        return source;
    }

    /// <summary>Asks again until the answer is not null.</summary>
    public static async Task<T> UntilAsync<T>(Func<CancellationToken, Task<T?>> ask, Func<string> despair, CancellationToken cancellationToken)
        where T : class
    {
        using var patience = Linked(cancellationToken);
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (true)
            {
                if (await ask(patience.Token) is { } answer) return answer;

                await timer.WaitForNextTickAsync(patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(despair());
        }
    }
}
