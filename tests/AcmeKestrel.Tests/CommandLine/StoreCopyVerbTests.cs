using AcmeKestrel.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>The state moves to an engine, and back.</summary>
public sealed class StoreCopyVerbTests : BackupScene
{
    private readonly MemoryStore _redis = new();

    public StoreCopyVerbTests()
    {
        Settings["Acme:Store:Redis:Configuration"] = "127.0.0.1:1";
        Also = services => services.AddAcme().AddStoreType("Redis", (keys, _) =>
        {
            keys.Read("Configuration");
            return _redis;
        });
    }

    [Fact]
    public async Task With_a_server_at_work_until_the_switch_nothing_is_ordered_again()
    {
        await SeedAsync();
        var server = await ServeAsync();

        var first = await AcmeAsync("store", "copy", "Directory", "Redis");
        Assert.True(first.Exit is 0 or 3, first.Errors);
        Assert.Contains($"The directory {State} is copied to Redis.", first.Errors, StringComparison.Ordinal);
        await Certificates(server).RenewAsync("shop.test", Token);
        await StopAsync(server);
        var last = await AcmeAsync("store", "copy", "Directory", "Redis");
        Assert.True(last.Exit == 0, last.Errors);
        Assert.Matches(@"^Directory to Redis: \d+ records? copied, \d+ there already, \d+ removed; both were read again, and hold the same$", last.Text);
        var (leaf, orders) = (Leaf("shop.test"), Orders);

        Settings["Acme:Store:Type"] = "Redis";
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(orders, Orders);
        Assert.Equal(0, (await AcmeAsync("renew", "blog.test", "--force")).Exit);

        Directory.Delete(State, recursive: true);
        Assert.Equal(0, (await AcmeAsync("store", "copy", "Redis", "Directory")).Exit);
        Settings.Remove("Acme:Store:Type");
        Assert.Equal(leaf, Leaf("shop.test"));
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        Assert.Equal(orders + 1, Orders);
    }

    [Fact]
    public async Task Where_a_server_runs_on_the_target_it_is_stopped_first()
    {
        await SeedAsync();
        Assert.Equal(0, (await AcmeAsync("store", "copy", "Directory", "Redis")).Exit);
        await ServeAsync();

        var said = await AcmeAsync("store", "copy", "Redis", "Directory");

        Assert.Equal(1, said.Exit);
        Assert.Contains("stop it first", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_the_target_has_is_named_and_goes_where_that_is_said()
    {
        await SeedAsync();
        Assert.Equal(0, (await AcmeAsync("store", "copy", "Directory", "Redis")).Exit);
        Settings["Acme:Store:Type"] = "Redis";
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);

        var refused = await AcmeAsync("store", "copy", "Directory", "Redis");
        Assert.Equal(1, refused.Exit);
        Assert.Contains("The target has what the source does not have: certificate/shop.test@", refused.Errors, StringComparison.Ordinal);

        var said = await AcmeAsync("store", "copy", "Directory", "Redis", "--overwrite");
        Assert.True(said.Exit == 0, said.Errors);
        Assert.Contains("Removed or replaced, which only Redis had: certificate/shop.test@", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_damaged_is_named_and_the_answer_is_json_where_that_is_asked_for()
    {
        await SeedAsync();
        Assert.Contains("\"copied\": ", (await AcmeAsync("store", "copy", "Directory", "Redis", "--json")).Text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(Directory.GetDirectories(Path.Combine(State, "certs"), "blog.test@*")[0], "fullchain"), "nonsense", Token);

        var said = await AcmeAsync("store", "copy", "Directory", "Redis", "--json");

        Assert.Equal(3, said.Exit);
        Assert.Contains("Damaged, and left out: ", said.Errors, StringComparison.Ordinal);
        Assert.Contains("blog.test@", said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_words_and_wrong_keys_say_what_is_wrong()
    {
        await SeedAsync();
        Assert.Contains("known are Directory, Redis", (await AcmeAsync("store", "copy", "Directory", "Elsewhere")).Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await AcmeAsync("store", "copy", "Directory")).Exit);
        Settings.Remove("Acme:Store:Redis:Configuration");

        var said = await AcmeAsync("store", "copy", "Directory", "Redis");

        Assert.Equal(1, said.Exit);
        Assert.Contains("Acme:Store:Redis:Configuration: is missing.", said.Errors, StringComparison.Ordinal);
    }
}
