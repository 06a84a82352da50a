using AcmeKestrel.Lifecycle;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The work goes on without a server.</summary>
internal sealed class AlwaysActive : IWorkerActivation
{
    public bool IsActive => true;

    public bool IsKnown => true;

    public string IdleReason => "";

    public Task WaitUntilKnownAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WaitAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Request()
    {
    }
}
