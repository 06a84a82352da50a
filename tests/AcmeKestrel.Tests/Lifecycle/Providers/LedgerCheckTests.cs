using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Storage;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

/// <summary>Records of a ledger that are not what was written last: by a hand, by an engine that fell, or by a write that came late.</summary>
public sealed class LedgerCheckTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int, string> Records => new()
    {
        { 0, "gone" },
        { 1, "gone" },
        { 2, "gone" },
        { 0, "as it was" },
        { 1, "as it was" },
        { 2, "as it was" },
    };

    /// <param name="record">0: the whole.</param>
    [Theory]
    [MemberData(nameof(Records))]
    public async Task All_of_it_is_on_record_again_with_the_first_debit_after_a_minute(int record, string becomes)
    {
        var scene = await LedgerScene.StartAsync();
        var ledger = await scene.OpenAsync();
        await SpendAsync(2000, 100, 10);
        var before = await scene.RecordsAsync();
        var key = record == 0 ? LedgerRecord.Key(LedgerScene.Provider.Ca) : LedgerRecord.LevelKey(LedgerScene.Provider.Ca, record - 1);
        await SpendAsync(2001, 101, 11);
        if (becomes == "gone") await scene.Store.DeleteAsync(new StoreDeletion(key), Token);
        else await scene.Store.WriteAsync(new StoreWrite(key, before.Single(stored => stored.Key == key).Content), Token);

        scene.Time.Advance(LedgerRecords.BetweenChecks);
        await SpendAsync(1);

        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await scene.ReadAsync()));

        async Task SpendAsync(params int[] counts)
        {
            foreach (var count in counts) await ledger.SpendAsync(LedgerScene.Costs(0, count), Token);
        }
    }

    [Fact]
    public async Task It_is_looked_once_a_minute_and_only_when_something_is_written()
    {
        var store = new CountingStore(new MemoryStore());
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        var reads = store.Reads;
        for (var i = 0; i < 100; i++) await ledger.SpendAsync(LedgerScene.Costs(i, 1), Token);
        Assert.Equal(reads, store.Reads);

        scene.Time.Advance(10 * LedgerRecords.BetweenChecks);
        Assert.Equal(reads, store.Reads);
        for (var i = 0; i < 100; i++) await ledger.SpendAsync(LedgerScene.Costs(i, 1), Token);

        // The whole, and the one or two levels beside it.
        Assert.InRange(store.Reads - reads, 2, 3);
        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await scene.ReadAsync()));
    }
}
