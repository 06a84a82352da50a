namespace AcmeKestrel.Lifecycle;

/// <summary>Whether there is a server to get certificates for: an application's unit tests never call a CA.</summary>
internal interface IWorkerActivation
{
    bool IsActive { get; }

    /// <summary>It is known whether it becomes active by itself: the host has started.</summary>
    bool IsKnown { get; }

    /// <summary>Why not, as a sentence.</summary>
    string IdleReason { get; }

    /// <summary>Completes when <see cref="IsKnown"/>.</summary>
    Task WaitUntilKnownAsync(CancellationToken cancellationToken);

    /// <summary>Completes when it becomes active.</summary>
    Task WaitAsync(CancellationToken cancellationToken);

    /// <summary>Somebody wants the work done whatever is bound.</summary>
    void Request();
}
