using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Upgrades;

/// <summary>A store on a disk whose reads have ended when the call returns, as a test on one thread needs them.</summary>
internal sealed class PromptStore(IAcmeStore inner) : DelegatingStore(inner)
{
    public override ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(base.ReadAsync(key, cancellationToken).AsTask().GetAwaiter().GetResult());
}
