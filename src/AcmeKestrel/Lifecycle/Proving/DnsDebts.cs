namespace AcmeKestrel.Lifecycle.Proving;

/// <summary>
/// Which challenges' records are to be removed, and from when on. A CA may give a challenge that is pending to the next order as well: what that one writes is owed no more, and it writes when no earlier removal is at work.
/// </summary>
internal sealed class DnsDebts(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DnsDebt> _owed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DnsRemoval> _removing = new(StringComparer.Ordinal);
    private TaskCompletionSource _news = NewSignal();

    /// <summary>The record of this challenge is needed no more.</summary>
    public void Owe(string token)
    {
        lock (_gate)
        {
            _owed[token] = new DnsDebt(token, time.GetUtcNow(), 0);
            _news.TrySetResult();
        }
    }

    /// <summary>An order needs the record of this challenge: whoever is to remove it does not begin any more.</summary>
    /// <returns>Ends when nobody is removing it.</returns>
    public Task Withdraw(string token)
    {
        DnsRemoval? removal;
        lock (_gate)
        {
            _owed.Remove(token);
            removal = _removing.GetValueOrDefault(token);
        }

        return removal?.Withdraw() ?? Task.CompletedTask;
    }

    /// <summary>All that is owed, and what ends when there is more.</summary>
    public (IReadOnlyList<DnsDebt> Owed, Task News) List()
    {
        lock (_gate)
        {
            if (_news.Task.IsCompleted) _news = NewSignal();
            return ([.. _owed.Values], _news.Task);
        }
    }

    /// <summary>From now on until it is disposed of nobody else removes that record, or writes it.</summary>
    /// <returns>Null: it is not owed any more, or anew.</returns>
    public async Task<DnsRemoval?> BeginAsync(DnsDebt debt, CancellationToken cancellationToken)
    {
        while (true)
        {
            DnsRemoval? other;
            lock (_gate)
            {
                if (!IsOwed(debt)) return null;
                if (!_removing.TryGetValue(debt.Token, out other))
                {
                    return _removing[debt.Token] = new DnsRemoval(this, debt.Token);
                }
            }

            await other.Ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Settle(DnsDebt debt)
    {
        lock (_gate)
        {
            if (IsOwed(debt)) _owed.Remove(debt.Token);
        }
    }

    /// <summary>Not before <paramref name="due"/>. Nothing is owed anew by it that was withdrawn.</summary>
    public DnsDebt Postpone(DnsDebt debt, DateTimeOffset due, int tries) => Change(debt, debt with { Due = due, Tries = tries, IsHeld = false });

    /// <summary>Not before it is postponed to a moment.</summary>
    public DnsDebt Hold(DnsDebt debt) => Change(debt, debt with { IsHeld = true });

    private DnsDebt Change(DnsDebt debt, DnsDebt later)
    {
        lock (_gate)
        {
            if (IsOwed(debt)) _owed[debt.Token] = later;
            _news.TrySetResult();
        }

        return later;
    }

    /// <summary>A removal has come to its end.</summary>
    public void End(string token)
    {
        lock (_gate) _removing.Remove(token);
    }

    /// <summary>The same debt, and not one of the same challenge from another time.</summary>
    private bool IsOwed(DnsDebt debt) => ReferenceEquals(_owed.GetValueOrDefault(debt.Token), debt);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <param name="Token">The challenge's.</param>
/// <param name="Tries">How often it was tried in vain.</param>
internal sealed record DnsDebt(string Token, DateTimeOffset Due, int Tries)
{
    /// <summary>Somebody may write it yet.</summary>
    public bool IsHeld { get; init; }
}
