using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

/// <summary>What the records of a ledger are, and what a write of them costs.</summary>
public sealed class LedgerRecordsTests
{
    private const string Whole = "ca.test_dir";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_small_ledger_is_one_record_and_a_large_one_has_levels_that_are_listed_before_it()
    {
        var scene = await LedgerScene.StartAsync();
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 60), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        Assert.Equal([Whole], await NamesAsync(scene));
        Assert.Null(LedgerRecord.Read(Assert.Single(await scene.RecordsAsync())).Levels);

        await ledger.SpendAsync(LedgerScene.Costs(0, 2000), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 100), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 10), Token);

        Assert.Equal([$"+1+{Whole}", $"+2+{Whole}", Whole], await NamesAsync(scene));
        Assert.All(await scene.RecordsAsync(), record => Assert.Equal(Whole, LedgerRecord.WholeOf(record.Key)));
    }

    [Fact]
    public async Task In_a_state_directory_they_are_files_beside_each_other()
    {
        var files = new SimulatedFileSystem();
        using var store = new StateDirectoryStore(new StateDirectoryOptions("/state", null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, files);
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        Assert.Equal([$"+1+{Whole}.json", $"{Whole}.json"], files.ListNames("/state/ledger").Order(StringComparer.Ordinal));
        Assert.Equal([$"+1+{Whole}", Whole], await NamesAsync(scene));
        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await scene.ReadAsync()));
    }

    /// <summary>It is a whole record, and stays one until its first write.</summary>
    [Fact]
    public async Task A_large_ledger_of_an_earlier_version_is_read_and_goes_on()
    {
        var scene = await LedgerScene.StartAsync();
        await (await scene.OpenAsync()).SpendAsync(LedgerScene.Costs(0, 500), Token);
        var earlier = await scene.ReadAsync();
        await scene.Store.WriteAsync(new StoreWrite(LedgerRecord.Key(LedgerScene.Provider.Ca), LedgerRecord.Write(earlier)), Token);

        var ledger = await scene.OpenAsync();
        Assert.True(LedgerScene.IsSame(earlier, ledger.Snapshot));
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await scene.ReadAsync()));
        Assert.Equal([$"+1+{Whole}", Whole], await NamesAsync(scene));
    }

    /// <summary>As a copy that broke off, or a hand, may leave them.</summary>
    [Fact]
    public async Task Levels_of_another_whole_record_say_nothing()
    {
        var scene = await LedgerScene.StartAsync();
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);

        Assert.Equal([$"+1+{Whole}", Whole], await NamesAsync(scene));
        Assert.Equal(LedgerScene.Start + (3 * LedgerScene.Costs(0, 1)[0].Amount), (await scene.ReadAsync()).Buckets["set|0"]);
    }

    /// <summary>What fell into a larger level is in the smaller one still, as it was before.</summary>
    [Fact]
    public async Task A_smaller_level_that_was_written_before_a_larger_one_says_nothing()
    {
        var scene = await LedgerScene.StartAsync();
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 2000), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 100), Token);

        Assert.Equal([$"+1+{Whole}", $"+2+{Whole}", Whole], await NamesAsync(scene));
        Assert.Equal(LedgerScene.Start + (3 * LedgerScene.Costs(0, 1)[0].Amount), (await scene.ReadAsync()).Buckets["set|0"]);
    }

    [Fact]
    public async Task What_could_not_be_written_goes_with_the_next_write()
    {
        var store = new TestStore(TimeProvider.System);
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        store.BeforeWrite = _ => throw new StoreUnavailableException("The disk is full.");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => ledger.SpendAsync(LedgerScene.Costs(1000, 1), Token));
        store.BeforeWrite = key => throw new StoreConflictException(key, "The fence is old.");
        await Assert.ThrowsAsync<StoreConflictException>(() => ledger.SpendAsync(LedgerScene.Costs(2000, 1), Token));
        store.BeforeWrite = _ => { };

        await ledger.LearnAsync("http-01", worked: true, Token);

        Assert.Equal(502, (await scene.ReadAsync()).Buckets.Count);
        Assert.Equal(["set|1000", "set|2000"], LedgerRecord.ReadLevel((await scene.RecordsAsync())[0]).Buckets.Keys.Order());
    }

    [Fact]
    public async Task Debits_that_come_together_share_the_write_of_a_level()
    {
        var store = new FlakyStore(new MemoryStore());
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        var (first, writes) = (new TaskCompletionSource(), 0);
        store.Writing = _ => writes++ == 0 ? first.Task : Task.CompletedTask;

        var debits = Enumerable.Range(0, 50).Select(i => ledger.SpendAsync(LedgerScene.Costs(i, 1), Token)).ToList();
        Assert.All(debits, debit => Assert.False(debit.IsCompleted));
        first.SetResult();
        await Task.WhenAll(debits);

        Assert.Equal(2, writes);
        Assert.Equal([$"+1+{Whole}", Whole], await NamesAsync(scene));
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("{ \"of\": \"x\" }")]
    public async Task A_damaged_level_is_named_and_what_was_spent_is_not_known(string content)
    {
        var scene = await LedgerScene.StartAsync();
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        var level = (await scene.RecordsAsync())[0];
        await scene.Store.WriteAsync(new StoreWrite(level.Key, new RecordContent([RecordCodec.Text("changes.json", content)])), Token);

        var damaged = await Assert.ThrowsAsync<DamagedRecordException>(() => scene.OpenAsync());

        Assert.StartsWith($"ledger/+1+{Whole}: changes.json is damaged", damaged.Message, StringComparison.Ordinal);
        await scene.Store.WriteAsync(new StoreWrite(level.Key, level.Content), Token);
        Assert.True(LedgerScene.IsSame(ledger.Snapshot, await scene.ReadAsync()));
    }

    /// <summary>Another process has the state and writes the whole anew, and levels beside it, while this one reads one record after the other.</summary>
    [Fact]
    public async Task Who_only_looks_is_told_nothing_that_was_overtaken()
    {
        var store = new FlakyStore(new MemoryStore());
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
        await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        var isFirst = true;
        store.Reading = async key =>
        {
            if (!LedgerRecord.IsLevel(key) || !isFirst) return;
            isFirst = false;
            await ledger.SpendAsync(LedgerScene.Costs(0, 500), Token);
            await ledger.SpendAsync(LedgerScene.Costs(0, 1), Token);
        };

        var seen = await new LedgerRecords(StateSession.ForReading(store), LedgerScene.Provider.Ca).ReadAsync(Token);

        Assert.True(LedgerScene.IsSame(ledger.Snapshot, seen!));
    }

    /// <summary>What moves from the smaller level to the larger one meanwhile is found there: the smaller one was read before.</summary>
    [Fact]
    public async Task Who_only_looks_misses_nothing_that_moves_from_level_to_level()
    {
        var store = new FlakyStore(new MemoryStore());
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        foreach (var count in (int[])[2000, 100, 50]) await ledger.SpendAsync(LedgerScene.Costs(0, count), Token);
        var levels = 0;
        store.Reading = async key =>
        {
            if (!LedgerRecord.IsLevel(key) || ++levels != 2) return;
            await ledger.SpendAsync(LedgerScene.Costs(1000, 50), Token);
            await ledger.SpendAsync(LedgerScene.Costs(1000, 1), Token);
        };

        var seen = await new LedgerRecords(StateSession.ForReading(store), LedgerScene.Provider.Ca).ReadAsync(Token);

        Assert.Equal(LedgerScene.Start + (3 * LedgerScene.Costs(0, 1)[0].Amount), seen!.Buckets["set|0"]);
    }

    /// <summary>Of ten thousand buckets, a few change with each request.</summary>
    [Fact]
    public async Task A_debit_costs_what_it_changes_and_not_what_there_is()
    {
        const int Debits = 2000;
        var store = new CountingStore(new MemoryStore());
        var scene = await LedgerScene.StartAsync(store);
        var ledger = await scene.OpenAsync();
        await ledger.SpendAsync(LedgerScene.Costs(0, 10_000), Token);
        var (whole, allocated) = (store.Bytes[RecordKind.Ledger], new List<long>());

        for (var i = 0; i < Debits; i++)
        {
            var (costs, before) = (LedgerScene.Costs(5 * i, 3), GC.GetAllocatedBytesForCurrentThread());
            await ledger.ReserveAsync($"{i}", costs, Token);
            await ledger.SettleAsync($"{i}", spent: true, Token);
            allocated.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        // A whole record has more than four hundred thousand bytes.
        Assert.InRange(whole, 400_000, long.MaxValue);
        Assert.InRange((store.Bytes[RecordKind.Ledger] - whole) / (2 * Debits), 1, 10_000);

        // Whoever looked at each bucket would make a text of its name.
        Assert.InRange(allocated.Order().ElementAt(Debits / 2), 1, 200_000);
    }

    private static async Task<List<string>> NamesAsync(LedgerScene scene) => [.. (await scene.RecordsAsync()).Select(record => record.Key.Name)];
}
