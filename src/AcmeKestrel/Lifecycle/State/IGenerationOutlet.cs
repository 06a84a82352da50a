using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>What programs outside see of the generations, and who is told of it.</summary>
internal interface IGenerationOutlet
{
    /// <summary>Before the commit: what is owed for it is on disk.</summary>
    /// <param name="isIssued">A CA gave it, and no other label or older generation did.</param>
    Task ExpectAsync(StateSession session, Generation generation, bool isIssued, CancellationToken cancellationToken);

    /// <summary>It cannot be lost any more.</summary>
    void Committed(Generation generation);

    /// <summary>Shows it to programs outside. False: later, since a program is at work on what is shown now, which must stay meanwhile.</summary>
    /// <exception cref="Storage.StoreUnavailableException">It cannot be shown now, and is tried again.</exception>
    Task<bool> ShowAsync(StateSession session, string label, string generation, CancellationToken cancellationToken);

    /// <summary>Shows nothing of the label any more; waits for programs that are at work on what is shown.</summary>
    Task HideAsync(StateSession session, string label, CancellationToken cancellationToken);
}
