using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>One process' way to a store that it shares with others: what the process wrote is noted, with the fence it was written under.</summary>
/// <param name="around">Awaited before and after each write or delete.</param>
internal sealed class ProcessStore(IAcmeStore inner, string process, List<ProcessStore.Write> writes, Func<Task> around) : DelegatingStore(inner)
{
    public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        await around();
        var version = await base.WriteAsync(write, cancellationToken);
        writes.Add(new Write(process, write.Key, write.Fence?.Token));
        await around();
        return version;
    }

    public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        await around();
        var removed = await base.DeleteAsync(deletion, cancellationToken);
        writes.Add(new Write(process, deletion.Key, deletion.Fence?.Token));
        await around();
        return removed;
    }

    /// <param name="Token">The fence's; null: written without one.</param>
    internal sealed record Write(string Process, RecordKey Key, long? Token);
}
