namespace AcmeKestrel.Management.Control;

/// <summary>The place that a connection has: one of the few for who asks, which is soon free again, or one of those for who waits for what comes.</summary>
internal sealed class ControlPlace(SemaphoreSlim asking, SemaphoreSlim waiting) : IDisposable
{
    private bool _isWaiting;

    /// <summary>It waits from now on, and others may ask. False: too many wait already.</summary>
    public bool TryWait()
    {
        if (!waiting.Wait(0)) return false;

        _isWaiting = true;
        asking.Release();
        return true;
    }

    public void Dispose() => (_isWaiting ? waiting : asking).Release();
}
