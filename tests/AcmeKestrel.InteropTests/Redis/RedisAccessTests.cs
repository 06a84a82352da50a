using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.Redis;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Whom a server lets in, and what a user may do there.</summary>
public sealed class RedisAccessTests
{
    private static readonly RecordKey Shop = new(RecordKind.Order, "shop.test");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_password_is_said_and_not_shown()
    {
        await using var server = await RedisServer.StartAsync(Stop, password: "right-one");
        var store = server.OpenStore(change: options => options.Password = "wrong-one");

        // Of a machine that is busy the first thing that is known is that the answer took too long.
        await Until.IsSoAsync(async () =>
        {
            var told = await UnavailableAsync(() => store.ReadAsync(Shop, Stop).AsTask());
            Assert.DoesNotContain("wrong-one", told.ToString(), StringComparison.Ordinal);
            return told.Message == $"Redis at 127.0.0.1:{server.Port} refuses the user or the password (Acme:Store:Redis:Configuration).";
        }, Stop);
    }

    [Fact]
    public async Task No_password_where_there_must_be_one_is_said()
    {
        await using var server = await RedisServer.StartAsync(Stop, password: "right-one");
        var store = server.OpenStore(change: options => options.Password = null);

        await Until.IsRefusedAsync(() => store.ReadAsync(Shop, Stop).AsTask(), "refuses the user or the password", Stop);
    }

    /// <summary>The client's library tells why it lost a connection, and not why it cannot have another one.</summary>
    [Fact]
    public async Task A_password_that_is_not_good_any_more_is_said_after_whatever_was_said_first()
    {
        await using var server = await RedisServer.StartAsync(Stop, password: "right-one");
        var store = server.OpenStore(change: options => options.AsyncTimeout = 1000);
        await WriteAsync(store);

        await server.AskAsync("CONFIG", "SET", "requirepass", "another-one");
        await server.AskAsync("CLIENT", "KILL", "TYPE", "normal");

        await Until.IsRefusedAsync(() => store.ReadAsync(Shop, Stop).AsTask(), "refuses the user or the password", Stop);
    }

    [Fact]
    public async Task A_password_that_is_changed_in_its_file_is_taken_and_changes_are_heard_of_again()
    {
        await using var server = await RedisServer.StartAsync(Stop, password: "right-one");
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.In("redis"), $"127.0.0.1:{server.Port},asyncTimeout=2000,password=wrong-one", Stop);
        await using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection([new("Acme:Store:Redis:ConfigurationFile", folder.In("redis"))]).Build())
            .AddAcme().UseRedis().Services.BuildServiceProvider();
        var store = services.GetRequiredService<IAcmeStore>();
        await UnavailableAsync(() => store.OpenWatchAsync(new StoreWatchRequest(), Stop).AsTask());

        await File.WriteAllTextAsync(folder.In("redis"), server.Configuration, Stop);
        await using var watch = await Until.ItWorksAsync(() => store.OpenWatchAsync(new StoreWatchRequest(), Stop).AsTask(), Stop);
        var heard = FirstAsync(watch);
        await WriteAsync(server.OpenStore());
        Assert.Equal(StoreChangeKind.Written, (await heard.WaitAsync(TimeSpan.FromSeconds(60), Stop)).Kind);
        Assert.Equal("1", (await server.AskAsync("PUBSUB", "NUMSUB", "{acme}:changed"))[1].ToString());
    }

    [Fact]
    public async Task A_user_with_the_rights_of_the_page_can_do_everything()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        await server.AskAsync("ACL", "SETUSER", "acme", "on", ">secret", "resetchannels", "~{acme}:*", "&{acme}:*", "+@all", "-@admin", "-@dangerous", "+info");
        var store = server.OpenStore(change: options => (options.User, options.Password) = ("acme", "secret"));
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        await WriteAsync(store);
        Assert.NotNull(await store.TryLeaseAsync(new StoreLeaseRequest("state", "one", TimeSpan.FromMinutes(1)), Stop));
        Assert.Equal(StoreChangeKind.Written, (await FirstAsync(watch).WaitAsync(TimeSpan.FromSeconds(60), Stop)).Kind);

        var stranger = server.OpenStore("other", options => (options.User, options.Password) = ("acme", "secret"));
        await Until.IsRefusedAsync(() => WriteAsync(stranger), "does not allow its user what the store needs", Stop);
    }

    [Fact]
    public async Task A_user_who_may_use_no_channel_hears_of_changes_by_looking()
    {
        await using var server = await RedisServer.StartAsync(Stop);
        await server.AskAsync("ACL", "SETUSER", "acme", "on", ">secret", "resetchannels", "~{acme}:*", "+@all", "-@admin", "-@dangerous", "+info");
        var (store, other) = (server.OpenStore(change: Deaf), server.OpenStore(change: Deaf));
        await using var watch = await store.OpenWatchAsync(new StoreWatchRequest(), Stop);
        var heard = FirstAsync(watch);
        await WriteAsync(other);
        Assert.Equal(StoreChangeKind.Written, (await heard.WaitAsync(TimeSpan.FromSeconds(30), Stop)).Kind);

        static void Deaf(StackExchange.Redis.ConfigurationOptions options) => (options.User, options.Password) = ("acme", "secret");
    }

    private static Task<RecordVersion> WriteAsync(IAcmeStore store) => store.WriteAsync(new StoreWrite(Shop, new RecordContent([new RecordPart("a", "1"u8.ToArray())])), Stop).AsTask();

    private static async Task<StoreChange> FirstAsync(IStoreWatch watch)
    {
        await foreach (var change in watch.ReadAsync(Stop)) return change;
        throw new InvalidOperationException("A feed does not end.");
    }

    private static Task<StoreUnavailableException> UnavailableAsync<T>(Func<Task<T>> call) => Assert.ThrowsAsync<StoreUnavailableException>(call);
}
