using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle.Providers;

namespace AcmeKestrel.Tests.Management.Copies;

/// <summary>A ledger has several records, and which side wrote it later is said of all of them together.</summary>
public sealed class LedgerCopyTests : IDisposable
{
    private readonly CopyScene _scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_source_spent_since_is_copied_with_the_level_that_says_it()
    {
        var (ledger, source) = await SpendAsync(_scene.Redis, day: 1);
        await CopyAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        var copied = await CopyAsync();

        Assert.Equal((1, 0), (copied.Copied, copied.Lost.Count));
        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await ReadAsync(_scene.PostgreSql)));
        await AssertSameAsync(source);
    }

    /// <summary>The target's whole record is the younger one, and what the source wrote beside its own is younger still.</summary>
    [Fact]
    public async Task A_source_whose_level_was_written_later_has_the_later_ledger()
    {
        var (ledger, source) = await SpendAsync(_scene.Redis, day: 1);
        await CopyAsync();
        await SpendAsync(_scene.PostgreSql, day: 2);
        source.Time.SetUtcNow(LedgerScene.Start.AddDays(3));
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        Assert.Equal(2, (await CopyAsync()).Copied);
        await AssertSameAsync(source);
    }

    /// <summary>The source's whole record is the younger one, and what the target wrote beside its own is younger still.</summary>
    [Fact]
    public async Task What_the_target_spent_later_in_a_level_is_forgotten_only_where_that_is_said()
    {
        var (ledger, target) = await SpendAsync(_scene.PostgreSql, day: 1);
        var (_, source) = await SpendAsync(_scene.Redis, day: 2);
        target.Time.SetUtcNow(LedgerScene.Start.AddDays(3));
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => CopyAsync());
        Assert.Contains("ledger/ca.test_dir", refused.Message, StringComparison.Ordinal);
        var copied = await CopyAsync(overwrite: true);

        Assert.Equal(["ledger/ca.test_dir", "ledger/+1+ca.test_dir"], copied.Lost);
        await AssertSameAsync(source);
    }

    public void Dispose() => _scene.Dispose();

    private Task<AcmeStoreCopyResult> CopyAsync(bool overwrite = false) => _scene.CopyAsync("Redis", "PostgreSql", overwrite);

    private async Task AssertSameAsync(LedgerScene source)
    {
        Assert.True(LedgerScene.IsSame(await source.ReadAsync(), await ReadAsync(_scene.PostgreSql)));
        Assert.Equal(await _scene.ContentAsync("Redis"), await _scene.ContentAsync("PostgreSql"));
    }

    private static async Task<(ProviderLedger Ledger, LedgerScene Scene)> SpendAsync(MemoryStore store, int day)
    {
        var scene = await LedgerScene.StartAsync(store);
        scene.Time.SetUtcNow(LedgerScene.Start.AddDays(day));
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        return (ledger, scene);
    }

    private static async Task<LedgerState> ReadAsync(IAcmeStore store) => await (await LedgerScene.StartAsync(store)).ReadAsync();
}
