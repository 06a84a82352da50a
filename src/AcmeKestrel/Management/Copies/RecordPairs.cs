using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Management.Copies;

/// <summary>Records of two stores side by side, as both list them in the order of their names: no more than a page of each is in memory, and an engine is asked for many at once.</summary>
internal static class RecordPairs
{
    /// <summary>At least one of both is there.</summary>
    public static async IAsyncEnumerable<(StoreRecord? Source, StoreRecord? Target)> ReadAsync(IAcmeStore source, IAcmeStore target, RecordKind kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var query = new StoreQuery(kind);
        var ones = source.ListAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var others = target.ListAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (ones.ConfigureAwait(false))
        await using (others.ConfigureAwait(false))
        {
            var (hasOne, hasOther) = (await ones.MoveNextAsync().ConfigureAwait(false), await others.MoveNextAsync().ConfigureAwait(false));
            while (hasOne || hasOther)
            {
                var order = !hasOne ? 1 : !hasOther ? -1 : RecordKey.NameOrder.Compare(ones.Current.Key.Name, others.Current.Key.Name);
                yield return (order <= 0 ? ones.Current : null, order >= 0 ? others.Current : null);
                if (order <= 0) hasOne = await ones.MoveNextAsync().ConfigureAwait(false);
                if (order >= 0) hasOther = await others.MoveNextAsync().ConfigureAwait(false);
            }
        }
    }
}
