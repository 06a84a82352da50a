using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Backups;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Lifecycle.Providers;

namespace AcmeKestrel.Tests.Management;

/// <summary>The records of a ledger in a backup say together what was spent.</summary>
public sealed class LedgerBackupTests
{
    private static readonly StateDirectoryOptions Nowhere = new(Path.Combine(Path.GetTempPath(), "acme-nowhere"), KeyGroup: null);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What is in a level moves on to a larger one, or to the whole, before any of the backup's looks.</summary>
    [Theory]
    [InlineData(1, 100)]
    [InlineData(1, 2000)]
    [InlineData(2, 100)]
    [InlineData(2, 2000)]
    [InlineData(3, 100)]
    [InlineData(3, 2000)]
    public async Task What_was_spent_when_a_backup_began_is_in_it_whatever_the_server_goes_on_to_spend(int look, int count)
    {
        var store = new FlakyStore(new MemoryStore());
        var (ledger, before) = await SpendAsync(store);
        var looks = 0;
        store.Reading = async key =>
        {
            if (key.Kind != RecordKind.Ledger || ++looks != look) return;
            await ledger.SpendAsync(LedgerScene.Costs(5000, count), Token);
            await ledger.SpendAsync(LedgerScene.Costs(9000, 1), Token);
        };

        var restored = await LedgerScene.StartAsync();
        await RestoreAsync(await StateItems.ReadAsync(store, Nowhere, Token).ToListAsync(Token), restored.Store);

        var read = await restored.ReadAsync();
        Assert.All(before.Buckets, bucket => Assert.Equal(bucket.Value, read.Buckets[bucket.Key]));
    }

    /// <summary>What was spent stays spent: the levels of a backup are none of the ledger that is here.</summary>
    [Fact]
    public async Task A_ledger_that_is_here_says_the_same_whatever_is_restored()
    {
        var (saved, here) = (new MemoryStore(), await LedgerScene.StartAsync());
        await SpendAsync(saved);
        await (await here.OpenAsync()).SpendAsync(LedgerScene.Costs(1000, 500), Token);
        var before = await here.ReadAsync();

        var result = await RestoreAsync(await StateItems.ReadAsync(saved, Nowhere, Token).ToListAsync(Token), here.Store, overwrite: true);

        Assert.Contains("ledger/ca.test_dir", result.Conflicts);
        Assert.True(LedgerScene.IsSame(before, await here.ReadAsync()));
    }

    private static async Task<(ProviderLedger Ledger, LedgerState State)> SpendAsync(IAcmeStore store)
    {
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        foreach (var count in new[] { 2000, 100, 10 }) await ledger.SpendAsync(LedgerScene.Costs(0, count), Token);
        Assert.Equal(3, (await scene.RecordsAsync()).Count);
        return (ledger, ledger.Snapshot);
    }

    private static async Task<AcmeRestoreResult> RestoreAsync(List<BackupItem> items, IAcmeStore store, bool overwrite = false)
    {
        var lease = await store.TryLeaseAsync(new StoreLeaseRequest("restore", "this test", TimeSpan.FromHours(1)), Token);
        var work = new RestoreWork(new AcmeRestoreRequest("backup") { Overwrite = overwrite }, new StateSession(store, lease!.Fence), Nowhere, new StateLinks(store, new TestSettings()));
        foreach (var item in items) await work.PutAsync(item, Token);
        return work.Tell(new AcmeBackup("backup"));
    }
}
