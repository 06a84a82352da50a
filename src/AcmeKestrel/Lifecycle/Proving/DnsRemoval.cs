namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>Somebody removes a challenge's record, until it is disposed of.</summary>
internal sealed class DnsRemoval(DnsDebts debts, string token) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly CancellationTokenSource _withdrawn = new();

    /// <summary>An order needs the record again: what has not begun is not to begin.</summary>
    public CancellationToken Withdrawn => _withdrawn.Token;

    public Task Ended => _ended.Task;

    public void Dispose()
    {
        debts.End(token);
        _ended.TrySetResult();
    }

    /// <returns>Its end.</returns>
    public Task Withdraw()
    {
        _withdrawn.Cancel();
        return Ended;
    }
}
