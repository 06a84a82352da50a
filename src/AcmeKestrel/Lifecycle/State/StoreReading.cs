using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.State;

/// <summary>Reading needs no right: whoever has the store may.</summary>
internal static class StoreReading
{
    public static IAsyncEnumerable<StoreRecord> ListAsync(this IAcmeStore store, RecordKind kind, CancellationToken cancellationToken) => store.ListAsync(kind, null, cancellationToken);

    /// <summary>The records whose names begin with <paramref name="prefix"/>; no other is read but the one after the last.</summary>
    public static async IAsyncEnumerable<StoreRecord> ListPrefixAsync(this IAcmeStore store, RecordKind kind, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var record in store.ListAsync(kind, prefix, cancellationToken).ConfigureAwait(false))
        {
            if (!record.Key.Name.StartsWith(prefix, StringComparison.Ordinal)) yield break;
            yield return record;
        }
    }
}
