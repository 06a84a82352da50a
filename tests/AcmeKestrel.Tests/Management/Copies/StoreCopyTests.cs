using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Management.Copies;

/// <summary>A state is copied from one store to another one.</summary>
public sealed class StoreCopyTests
{
    public static TheoryData<string, string> Orders => new() { { "Directory", "Redis" }, { "Directory", "PostgreSql" }, { "Redis", "Directory" }, { "Redis", "PostgreSql" }, { "PostgreSql", "Directory" }, { "PostgreSql", "Redis" } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_target_holds_what_the_source_holds_and_a_second_copy_writes_nothing(string from, string to)
    {
        using var scene = new CopyScene();
        var count = await scene.SeedAsync(from);

        var first = await scene.CopyAsync(from.ToUpperInvariant(), to);
        var again = await scene.CopyAsync(from, to);

        Assert.Equal((from, to, count, 0, 0), (first.From, first.To, first.Copied, first.Unchanged, first.Removed));
        Assert.Equal((0, count, 0), (again.Copied, again.Unchanged, again.Removed));
        Assert.Empty(first.Problems.Concat(first.Differences).Concat(again.Problems).Concat(again.Differences));
        Assert.Equal(await scene.ContentAsync(from), await scene.ContentAsync(to));
        await scene.WithAsync(to, async store =>
        {
            // Whoever asked waits at the other store, and a live answer is laid out again before the CA is told to look.
            Assert.Empty(await store.ListAsync(new StoreQuery(RecordKind.Request), Token).ToListAsync(Token));
            Assert.Empty(await store.ListAsync(new StoreQuery(RecordKind.Answer), Token).ToListAsync(Token));
        });
    }

    [Theory]
    [InlineData("Directory", "Redis")]
    [InlineData("Redis", "Directory")]
    [InlineData("PostgreSql", "Redis")]
    public async Task Secrets_are_encrypted_at_both_ends_where_that_is_set(string from, string to)
    {
        using var scene = new CopyScene(protects: true);
        await scene.SeedAsync(from);

        Assert.Empty((await scene.CopyAsync(from, to)).Problems);
        Assert.Equal(0, (await scene.CopyAsync(from, to)).Copied);

        Assert.Equal(await scene.ContentAsync(from), await scene.ContentAsync(to));
        if (to == "Directory") Assert.DoesNotContain("BEGIN", await File.ReadAllTextAsync(Path.Combine(scene.State, "certs", "shop.test", "privkey"), Token), StringComparison.Ordinal);
        else Assert.StartsWith("acme-protected", System.Text.Encoding.UTF8.GetString((await scene.Redis.ReadAsync(CopyScene.Certificate("shop.test", 2), Token))!.Content.Find("privkey")!.Value.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_shows_what_is_the_newest_and_no_more_what_is_gone()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Redis");
        await scene.CopyAsync("Redis", "Directory");
        var (link, account) = (Path.Combine(scene.State, "certs", "shop.test"), Path.Combine(scene.State, "accounts", "ops@example.test", "test"));
        Assert.EndsWith("@20260102T000000Z-12345678", new FileInfo(link).LinkTarget, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(account, "privkey")));

        await scene.Redis.DeleteAsync(new StoreDeletion(CopyScene.Certificate("blog.test", 1)), Token);
        await CopyScene.WriteAsync(scene.Redis, CopyScene.Certificate("shop.test", 3), CopyScene.Content("shop.test", 3));
        var result = await scene.CopyAsync("Redis", "Directory", overwrite: true);

        Assert.Equal((1, 1), (result.Copied, result.Removed));
        Assert.EndsWith("@20260103T000000Z-12345678", new FileInfo(link).LinkTarget, StringComparison.Ordinal);
        Assert.Null(new FileInfo(Path.Combine(scene.State, "certs", "blog.test")).LinkTarget);
    }

    [Fact]
    public async Task A_directory_that_served_as_the_cache_of_an_engine_may_become_the_state()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Redis");
        Directory.CreateDirectory(Path.Combine(scene.State, "store-cache"));

        Assert.Empty((await scene.CopyAsync("Redis", "Directory")).Problems);
    }

    [Theory]
    [InlineData("Directory", "Redis")]
    [InlineData("Redis", "PostgreSql")]
    [InlineData("PostgreSql", "Directory")]
    public async Task Interrupted_at_any_write_it_is_done_when_it_is_called_again(string from, string to)
    {
        using var scene = new CopyScene();
        var count = await scene.SeedAsync(from);
        var content = await scene.ContentAsync(from);
        for (var last = 0; last < count; last++)
        {
            var writes = 0;
            scene.Around = (type, store) => type != to ? store : new HookedStore(store) { BeforeWrite = () => { if (writes++ == last) throw new StoreUnavailableException("killed"); } };
            await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync(from, to));

            scene.Around = (_, store) => store;
            var result = await scene.CopyAsync(from, to);

            Assert.Equal((count - last, last), (result.Copied, result.Unchanged));
            Assert.Equal(content, await scene.ContentAsync(to));
            await EmptyAsync(scene, to);
        }
    }

    [Fact]
    public async Task What_changes_while_it_is_copied_comes_along()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Redis");
        var former = (await scene.Redis.ListAsync(new StoreQuery(RecordKind.Account), Token).ToListAsync(Token)).Single();
        var next = CopyScene.Account("https://ca.test/account/1");
        var isDone = false;
        scene.Around = (type, store) => type != "Redis" ? store : new HookedStore(store)
        {
            // An order has become a certificate, and the account has another key, when both were read.
            AfterList = async kind =>
            {
                if (kind != RecordKind.Ledger || isDone) return;
                isDone = true;
                await CopyScene.WriteAsync(scene.Redis, CopyScene.Certificate("new.test", 1), CopyScene.Content("new.test", 1));
                await CopyScene.WriteAsync(scene.Redis, RecordKind.Ledger, "shop.test", "{ \"spent\": 1 }");
                await scene.Redis.DeleteAsync(new StoreDeletion(new RecordKey(RecordKind.Order, "shop.test")), Token);
                await CopyScene.WriteAsync(scene.Redis, next.Key, next.Write());
                await scene.Redis.DeleteAsync(new StoreDeletion(former.Key), Token);
            },
        };

        var result = await scene.CopyAsync("Redis", "PostgreSql");

        Assert.True(isDone);
        Assert.Empty(result.Differences);
        Assert.Equal(await scene.ContentAsync("Redis"), await scene.ContentAsync("PostgreSql"));
    }

    [Fact]
    public async Task Where_a_server_never_rests_the_difference_is_named_and_the_next_call_brings_it()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Redis");
        var number = 0;
        scene.Around = (type, store) => type != "Redis" ? store : new HookedStore(store)
        {
            AfterList = async kind =>
            {
                if (kind == RecordKind.Order) await CopyScene.WriteAsync(scene.Redis, RecordKind.Schedule, "shop.test", $"{number++}");
            },
        };

        var result = await scene.CopyAsync("Redis", "Directory");
        Assert.Equal("schedule/shop.test has changed", Assert.Single(result.Differences));

        scene.Around = (_, store) => store;
        Assert.Equal(1, (await scene.CopyAsync("Redis", "Directory")).Copied);
        Assert.Equal(await scene.ContentAsync("Redis"), await scene.ContentAsync("Directory"));
    }

    [Fact]
    public async Task What_the_source_has_let_go_since_is_removed_and_what_came_in_its_place_is_no_reason_to_refuse()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Redis");
        await scene.CopyAsync("Redis", "PostgreSql");
        var former = (await scene.Redis.ListAsync(new StoreQuery(RecordKind.Account), Token).ToListAsync(Token)).Single();
        var next = CopyScene.Account("https://ca.test/account/1");
        await CopyScene.WriteAsync(scene.Redis, next.Key, next.Write());
        await scene.Redis.DeleteAsync(new StoreDeletion(former.Key), Token);
        await scene.Redis.DeleteAsync(new StoreDeletion(CopyScene.Certificate("shop.test", 1)), Token);

        var result = await scene.CopyAsync("Redis", "PostgreSql");

        Assert.Equal((1, 2), (result.Copied, result.Removed));
        Assert.Empty(result.Lost);
        Assert.Equal(await scene.ContentAsync("Redis"), await scene.ContentAsync("PostgreSql"));
    }

    [Theory]
    [InlineData("certificate of its own")]
    [InlineData("newer certificate")]
    [InlineData("account of its own")]
    public async Task What_a_server_got_at_the_target_is_lost_only_where_that_is_said(string what)
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Directory");
        await scene.CopyAsync("Directory", "Redis");
        var account = CopyScene.Account("https://ca.test/account/2");
        var (own, content) = what switch
        {
            "newer certificate" => (CopyScene.Certificate("shop.test", 9), CopyScene.Content("shop.test", 9)),
            "account of its own" => (account.Key, account.Write()),
            _ => (CopyScene.Certificate("own.test", 1), CopyScene.Content("own.test", 1)),
        };
        await CopyScene.WriteAsync(scene.Redis, own, content);
        await CopyScene.WriteAsync(scene.Redis, RecordKind.Schedule, "shop.test", "its own");
        var before = await scene.ContentAsync("Redis");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync("Directory", "Redis"));
        Assert.Contains(own.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await scene.ContentAsync("Redis"));

        var result = await scene.CopyAsync("Directory", "Redis", overwrite: true);
        Assert.Equal(own.ToString(), Assert.Single(result.Lost));
        Assert.Equal((1, 1), (result.Copied, result.Removed));
    }

    [Fact]
    public async Task What_was_spent_at_the_target_is_forgotten_only_where_that_is_said()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Directory");
        await SpendAsync("Directory", 1);
        await scene.CopyAsync("Directory", "Redis");
        await SpendAsync("Redis", 2);
        var before = await scene.ContentAsync("Redis");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync("Directory", "Redis"));
        Assert.Contains("ledger/ca.test", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await scene.ContentAsync("Redis"));
        var copied = await scene.CopyAsync("Directory", "Redis", overwrite: true);
        Assert.Equal(1, copied.Copied);
        Assert.Equal("ledger/ca.test", Assert.Single(copied.Lost));

        // The source's own went on.
        await SpendAsync("Directory", 3);
        Assert.Equal(1, (await scene.CopyAsync("Directory", "Redis")).Copied);

        Task SpendAsync(string type, int day) => scene.WithAsync(type, store => CopyScene.WriteAsync(store, new RecordKey(RecordKind.Ledger, "ca.test"), new RecordContent([
            RecordCodec.Json("ledger.json", LedgerState.Empty with { At = DateTimeOffset.UnixEpoch.AddDays(day) }, LimitsJson.Default.LedgerState)])));
    }

    [Fact]
    public async Task What_is_to_be_revoked_at_the_target_is_forgotten_only_where_that_is_said()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Directory");
        await scene.CopyAsync("Directory", "Redis");
        await CopyScene.WriteAsync(scene.Redis, RecordKind.Revocation, "blog.test", "its own");
        var before = await scene.ContentAsync("Redis");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync("Directory", "Redis"));
        Assert.Contains("revocation/blog.test", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await scene.ContentAsync("Redis"));
        Assert.Equal("revocation/blog.test", Assert.Single((await scene.CopyAsync("Directory", "Redis", overwrite: true)).Lost));
    }

    [Theory]
    [InlineData("Directory")]
    [InlineData("Redis")]
    public async Task Where_a_server_has_the_target_nothing_is_copied(string to)
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("PostgreSql");
        await scene.WithAsync(to, async store =>
        {
            await using var lease = await store.TryLeaseAsync(new StoreLeaseRequest(StateLease.Resource, "a server", TimeSpan.FromMinutes(5)), Token);
            Assert.NotNull(lease);
            var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync("PostgreSql", to));
            Assert.Contains("a server already runs on this state", refused.Message, StringComparison.Ordinal);
        });
        Assert.Empty(await scene.ContentAsync(to));
        Assert.Empty((await scene.CopyAsync("PostgreSql", to)).Differences);
    }

    [Fact]
    public async Task No_server_begins_at_the_target_meanwhile_and_one_may_afterwards()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("PostgreSql");
        var isFree = true;
        var request = new StoreLeaseRequest(StateLease.Resource, "a server", TimeSpan.FromMinutes(5));
        scene.Around = (type, store) => type != "PostgreSql" ? store : new HookedStore(store) { AfterList = async kind => isFree = await scene.Redis.TryLeaseAsync(request, Token) is not null };

        await scene.CopyAsync("PostgreSql", "Redis");

        Assert.False(isFree);
        Assert.NotNull(await scene.Redis.TryLeaseAsync(request, Token));
    }

    [Fact]
    public async Task What_is_damaged_is_named_and_what_an_earlier_copy_has_of_it_stays()
    {
        using var scene = new CopyScene();
        await scene.SeedAsync("Directory");
        await scene.CopyAsync("Directory", "Redis");
        await File.WriteAllTextAsync(Path.Combine(scene.State, "certs", "blog.test@20260101T000000Z-12345678", "fullchain"), "nonsense", Token);
        await File.WriteAllTextAsync(Path.Combine(scene.State, "schedule", "shop.test.json"), "{", Token);
        var before = await scene.ContentAsync("Redis");

        var again = await scene.CopyAsync("Directory", "Redis");
        var fresh = await scene.CopyAsync("Directory", "PostgreSql");

        Assert.Equal(before, await scene.ContentAsync("Redis"));
        Assert.Equal(2, again.Problems.Count);
        Assert.Equal(again.Problems, fresh.Problems);
        Assert.Contains(fresh.Problems, problem => problem.Contains("blog.test", StringComparison.Ordinal));
        Assert.Equal(before.Count - 2, (await scene.ContentAsync("PostgreSql")).Count);
    }

    /// <summary>Whoever confuses the two loses nothing.</summary>
    [Theory]
    [InlineData("Redis", "Directory")]
    [InlineData("Directory", "Redis")]
    public async Task Nothing_is_not_copied(string empty, string full)
    {
        using var scene = new CopyScene();
        await scene.SeedAsync(full);
        var before = await scene.ContentAsync(full);

        Assert.Contains("nothing to copy", (await Assert.ThrowsAsync<StoreUnavailableException>(() => scene.CopyAsync(empty, full, overwrite: true))).Message, StringComparison.Ordinal);

        Assert.Equal(before, await scene.ContentAsync(full));
        if (empty == "Directory") Assert.False(Directory.Exists(scene.State));
    }

    [Fact]
    public async Task What_is_no_type_is_refused_and_the_keys_of_a_type_that_is_not_in_force_are_checked()
    {
        using var scene = new CopyScene(false, ("Acme:Store:Redis:Configuration", null), ("Acme:Store:Redis:Confguration", "x"));

        await Assert.ThrowsAsync<ArgumentException>(() => scene.CopyAsync("Directory", "Directory"));
        Assert.Contains("known are Directory, Redis, PostgreSql", (await Assert.ThrowsAsync<ArgumentException>(() => scene.CopyAsync("Directory", "Mongo"))).Message, StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<AcmeConfigurationException>(() => scene.CopyAsync("PostgreSql", "Redis"));
        Assert.Equal(["Acme:Store:Redis:Confguration: is no known key; known here are Configuration.", "Acme:Store:Redis:Configuration: is missing."], wrong.Failures.Order(StringComparer.Ordinal));
    }

    private static async Task EmptyAsync(CopyScene scene, string type)
    {
        if (type == "Directory")
        {
            Directory.Delete(scene.State, recursive: true);
            return;
        }

        await scene.WithAsync(type, async store =>
        {
            foreach (var kind in CopyScene.Lasting)
            {
                foreach (var record in await store.ListAsync(new StoreQuery(kind), Token).ToListAsync(Token)) await store.DeleteAsync(new StoreDeletion(record.Key), Token);
            }
        });
    }
}
