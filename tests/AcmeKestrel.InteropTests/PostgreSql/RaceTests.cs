using System.Globalization;
using AcmeKestrel.PostgreSql;
using AcmeKestrel.Storage;
using CsCheck;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.InteropTests.PostgreSql;

/// <summary>Of many who change one record one wins, and who has lost a lease changes nothing, whatever isolation the database has by default.</summary>
public sealed class RaceTests(SharedPostgreSql postgreSql)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Each round: some write and some delete the version that all have read.</summary>
    [Theory]
    [InlineData("read committed")]
    [InlineData("repeatable read")]
    [InlineData("serializable")]
    public async Task Of_any_who_change_one_version_at_once_exactly_one_does(string isolation)
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        await scene.Server.ExecuteAsync("postgres", $"ALTER DATABASE {scene.Database} SET default_transaction_isolation = '{isolation}'", Stop);
        var stores = Enumerable.Range(0, 4).Select(_ => scene.Open()).ToList();
        var key = PostgreSqlScene.Wish("contested.test");

        await Gen.Bool.Array[2, 8].SampleAsync(
            async deletes =>
            {
                var version = await stores[0].WriteAsync(new StoreWrite(key, PostgreSqlScene.Content("before")), Stop);
                var won = await Task.WhenAll(deletes.Select((isDeletion, i) => Task.Run(() => ChangeAsync(stores[i % stores.Count], version, isDeletion), Stop)));

                Assert.Single(won, true);
                Assert.Equal(deletes[Array.IndexOf(won, true)], await stores[0].ReadAsync(key, Stop) is null);
            },
            iter: 40,
            threads: 1);

        async Task<bool> ChangeAsync(PostgreSqlStore store, RecordVersion version, bool isDeletion)
        {
            try
            {
                if (isDeletion) return await store.DeleteAsync(new StoreDeletion(key) { Expected = version }, Stop);

                await store.WriteAsync(new StoreWrite(key, PostgreSqlScene.Content("after")) { Expected = version }, Stop);
                return true;
            }
            catch (StoreConflictException)
            {
                return false;
            }
        }
    }

    /// <summary>Its clock stands still, as that of a process that does not run: it believes that it holds the lease.</summary>
    [Fact]
    public async Task A_holder_that_slept_past_its_lease_cannot_write()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var (sleeper, other) = (scene.Open(time: new FakeTimeProvider()), scene.Open());
        var key = PostgreSqlScene.Wish("a.test");
        var lease = (await sleeper.TryLeaseAsync(new StoreLeaseRequest("state", "sleeper", TimeSpan.FromMinutes(1)), Stop))!;
        await sleeper.WriteAsync(new StoreWrite(key, PostgreSqlScene.Content("awake")) { Fence = lease.Fence }, Stop);

        // The minute passes in the database alone.
        await scene.ExecuteAsync("UPDATE acme.lease SET expires = clock_timestamp()", Stop);
        var taken = (await other.TryLeaseAsync(new StoreLeaseRequest("state", "other", TimeSpan.FromMinutes(1)), Stop))!;

        Assert.True(lease.Remaining > TimeSpan.Zero);
        await Assert.ThrowsAsync<StoreConflictException>(() => sleeper.WriteAsync(new StoreWrite(key, PostgreSqlScene.Content("asleep")) { Fence = lease.Fence }, Stop).AsTask());
        await Assert.ThrowsAsync<StoreConflictException>(() => sleeper.DeleteAsync(new StoreDeletion(key) { Fence = lease.Fence }, Stop).AsTask());
        Assert.False(await lease.RenewAsync(TimeSpan.FromMinutes(1), Stop));
        Assert.Equal("awake", PostgreSqlScene.Text(await other.ReadAsync(key, Stop)));
        await other.WriteAsync(new StoreWrite(key, PostgreSqlScene.Content("other")) { Fence = taken.Fence }, Stop);
    }

    /// <summary>What it has sent may arrive after it gave up: nobody plans with that any more, whoever has the lease then.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_after_the_end_of_its_lease_is_refused_though_nobody_else_has_it(bool isGivenBack)
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var store = scene.Open();
        var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", isGivenBack ? TimeSpan.FromMinutes(1) : TimeSpan.FromMilliseconds(100)), Stop))!;
        if (isGivenBack) await lease.DisposeAsync();
        else await Task.Delay(TimeSpan.FromMilliseconds(200), Stop);

        var refused = await Assert.ThrowsAsync<StoreConflictException>(() => store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish("a.test"), PostgreSqlScene.Content("late")) { Fence = lease.Fence }, Stop).AsTask());

        Assert.Equal($"wish/a.test is not written: the lease of 'state' has ended (token {lease.Fence.Token}).", refused.Message);
        Assert.Null(await store.ReadAsync(PostgreSqlScene.Wish("a.test"), Stop));
    }

    /// <summary>Four who take the lease from each other as fast as they can, each writing on under the one it had: what was committed has tokens that never fall.</summary>
    [Fact]
    public async Task No_write_under_a_lease_is_committed_after_one_under_a_younger_lease()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var reader = scene.Open();
        await using var watch = await reader.OpenWatchAsync(new StoreWatchRequest(), Stop);

        var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TakeAndWriteAsync(scene.Open())));

        var (tokens, refused) = (new List<long>(), counts.Sum(count => count.Refused));
        await foreach (var change in watch.ReadAsync(Stop))
        {
            tokens.Add(long.Parse(change.Key!.Value.Name.Split('.')[0], CultureInfo.InvariantCulture));
            if (tokens.Count == counts.Sum(count => count.Written)) break;
        }

        Assert.Equal(tokens.Order(), tokens);
        Assert.True(refused > 0 && tokens.Distinct().Count() > 10, $"{refused} were refused, of {tokens.Distinct().Count()} leases something was written: they never met.");

        static async Task<(int Written, int Refused)> TakeAndWriteAsync(PostgreSqlStore store)
        {
            var (written, refused) = (0, 0);
            for (var round = 0; round < 25; round++)
            {
                var lease = (await store.TryLeaseAsync(new StoreLeaseRequest("state", "all of them", TimeSpan.FromMinutes(1)), Stop))!;
                for (var i = 0; i < 5; i++)
                {
                    try
                    {
                        await store.WriteAsync(new StoreWrite(PostgreSqlScene.Wish(string.Create(CultureInfo.InvariantCulture, $"{lease.Fence.Token}.{i}.test")), PostgreSqlScene.Content("1")) { Fence = lease.Fence }, Stop);
                        written++;
                    }
                    catch (StoreConflictException)
                    {
                        refused++;
                    }
                }
            }

            return (written, refused);
        }
    }

    [Fact]
    public async Task Of_many_who_want_a_lease_that_ends_one_at_a_time_has_it()
    {
        await using var scene = await PostgreSqlScene.NewAsync(await postgreSql.GetAsync(Stop), Stop);
        var stores = Enumerable.Range(0, 4).Select(_ => scene.Open()).ToList();

        for (var round = 0; round < 20; round++)
        {
            var leases = await Task.WhenAll(stores.Select((store, i) => store.TryLeaseAsync(new StoreLeaseRequest("state", $"{round} {i}", TimeSpan.FromMinutes(1)), Stop).AsTask()));

            await Assert.Single(leases, lease => lease is not null)!.DisposeAsync();
        }
    }
}
