using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Management.Requests;

/// <summary>What is to be done with hooks, asked of the process that has the state.</summary>
internal sealed class HookRequests(RequestBook book, StateLease lease)
{
    /// <summary>Another process has the state.</summary>
    public bool AreNeeded => lease.IsElsewhere;

    public async Task<AcmeHookTestResult?> TestAsync(string name, AcmeHookEvent? happened, string? label, CancellationToken cancellationToken) =>
        (await book.AskAsync(book.Word(RequestVerb.TestHook, label) with { Hook = name, HookEvent = happened }, cancellationToken).ConfigureAwait(false)).HookTest;
}
