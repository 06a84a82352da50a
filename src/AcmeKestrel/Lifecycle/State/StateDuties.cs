namespace AcmeKestrel.Lifecycle.State;

/// <summary>Keeps the duties of whoever has the state going from one session to the next.</summary>
internal sealed class StateDuties(IEnumerable<IStateDuty> duties, LoopKeeper loops) : IDisposable
{
    private CancellationTokenSource _over = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The state is this process' and is read.</summary>
    /// <param name="onRequest">This process does only what it is asked for, and is gone before it could do anything for others.</param>
    public void Begin(StateSession session, bool onRequest)
    {
        (_over, var former) = (new CancellationTokenSource(), _over);
        former.Dispose();
        var over = _over.Token;
        _running = Task.WhenAll(duties.Where(duty => !onRequest || duty.IsForEveryProcess).Select(duty => loops.KeepRunningAsync(() => duty.RunAsync(session, over), over)));
    }

    /// <summary>Returns when all have come to their end.</summary>
    public async Task EndAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    public void Dispose() => _over.Dispose();
}
