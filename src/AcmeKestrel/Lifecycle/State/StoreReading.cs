using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Reading needs no right: whoever has the store may.</summary>
internal static class StoreReading
{
    public static IAsyncEnumerable<StoreRecord> ListAsync(this IAcmeStore store, RecordKind kind, CancellationToken cancellationToken) => store.ListAsync(kind, null, cancellationToken);
}
