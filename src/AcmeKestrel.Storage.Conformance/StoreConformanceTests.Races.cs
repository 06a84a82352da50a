using System.Globalization;

namespace AcmeKestrel.Storage.Conformance;

/// <summary>Several processes at once.</summary>
public abstract partial class StoreConformanceTests
{
    /// <summary>Four who take the lease from each other as fast as they can, each writing on under the one it had: what is in the feed has tokens that never fall.</summary>
    [Fact]
    public async Task No_write_under_a_lease_comes_after_one_under_a_younger_lease()
    {
        const int Holders = 4, Leases = 5, Writes = 3;
        await using var watch = await OpenWatchAsync();
        var isWanted = 0;
        var written = (await Task.WhenAll(Enumerable.Range(0, Holders).Select(_ => OpenAnother()).ToList().Select(store => Task.Run(() => TakeAndWriteAsync(store), Cancel)))).Sum();

        var tokens = new List<long>();
        await foreach (var change in watch.ReadAsync(Cancel))
        {
            // A store may have a change of holders told by a reset.
            if (change.Kind == StoreChangeKind.Written) tokens.Add(long.Parse(change.Key!.Value.Name.Split('.')[0], CultureInfo.InvariantCulture));
            if (tokens.Count == written) break;
        }

        Assert.Equal(tokens.Order(), tokens);
        Assert.InRange(tokens.Distinct().Count(), 2, Holders * Leases);

        async Task<int> TakeAndWriteAsync(IAcmeStore store)
        {
            var written = 0;
            for (var taken = 0; taken < Leases;)
            {
                if (await TryLeaseAsync("state", "all of them", store) is not { } lease)
                {
                    Volatile.Write(ref isWanted, 1);
                    await Task.Yield();
                    continue;
                }

                for (var i = 0; i < Writes; i++)
                {
                    // Where one process cannot take it from another one, that one gives it back amid its writes.
                    if (Interlocked.Exchange(ref isWanted, 0) == 1) await lease.DisposeAsync();
                    if (await TryWriteAsync(store, string.Create(CultureInfo.InvariantCulture, $"{lease.Fence.Token}.{i}.test"), lease.Fence)) written++;
                    await Task.Yield();
                }

                if (++taken == Leases) await lease.DisposeAsync();
            }

            return written;
        }

        async Task<bool> TryWriteAsync(IAcmeStore store, string name, Fence fence)
        {
            try
            {
                await store.WriteAsync(new StoreWrite(Key(RecordKind.Wish, name), Content()) { Fence = fence }, Cancel);
                return true;
            }
            catch (StoreConflictException)
            {
                return false;
            }
        }
    }
}
