namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Asks somebody who may take his time or never answer.</summary>
internal static class Bounded
{
    /// <summary>Also whoever does not heed the token, or keeps his thread, is left behind.</summary>
    /// <param name="leaveBehind">Hears of one who is at work still.</param>
    /// <param name="late">Is told that the time is over.</param>
    /// <exception cref="DnsProviderException">There is no answer.</exception>
    public static async Task<T> AskAsync<T>(Func<CancellationToken, Task<T>> ask, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken, Action<Task>? leaveBehind = null, Action? late = null)
    {
        using var deadline = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var (token, asking) = (either.Token, default(Task<T>));
        try
        {
            asking = Task.Run(() => ask(token), CancellationToken.None);
            return await asking.WaitAsync(token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (asking is { IsCompleted: false }) leaveBehind?.Invoke(asking);
            if (!deadline.IsCancellationRequested) throw new DnsProviderException("it gave up before its time was over");

            late?.Invoke();
            throw new DnsProviderException($"no answer within {limit.TotalSeconds:0} s");
        }
    }
}
