namespace AcmeKestrel;

/// <summary>
/// Is told what becomes of certificates; register as many as you like as services of this type. Only the process that has the state tells, and each delivery is repeated until it succeeds, over restarts, too: at least once.
/// A hook is called by one at a time, whether it is told or asked, and has two minutes; a call that does not end when its token is cancelled is not waited for.
/// </summary>
public interface ICertificateHook
{
    /// <summary>Names the hook in the status, in metrics and on disk: of letters, digits, '.', '-' and '_', and lasting, for what is owed to it is kept under this name.</summary>
    string Name => GetType().Name;

    /// <summary>What it is told of.</summary>
    IReadOnlyCollection<AcmeHookEvent> Events { get; }

    /// <summary>An exception is a failure like <see cref="AcmeHookResult.Failed"/>: it is called again later.</summary>
    ValueTask<AcmeHookResult> OnAsync(AcmeHookCall told, CancellationToken cancellationToken);
}
