using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A state that is kept in an engine: what an operator wishes by files is in the folder of this machine all the same.</summary>
public sealed class EngineVerbTests : ImportScene
{
    private string Desired => Path.Combine(State, "desired");

    [Fact]
    public async Task A_wish_by_a_file_is_written_followed_and_taken_back()
    {
        Open(new MemoryStore());

        Assert.Equal(0, (await AcmeAsync("want", "blog.test")).Exit);
        var said = await AcmeAsync("issue", "shop.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.StartsWith("shop.test: served until ", said.Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(2, Orders);
        Assert.EndsWith("is removed", (await AcmeAsync("unwant", "shop.test")).Text, StringComparison.Ordinal);
        Assert.Equal(["blog.test"], Directory.GetFiles(Desired).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_is_taken_over_is_wished()
    {
        var (chain, key, _) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key);
        Open(new MemoryStore());

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains($"taken over; renewed, since {Path.Combine(Desired, "shop.test")} wishes it", said.Text, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task A_backup_holds_what_this_machine_wishes_and_gives_it_back()
    {
        var backup = Path.Combine(Foreign, "backup.tar.gz");
        Open(new MemoryStore());
        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);
        Assert.Contains("1 file of wishes", (await AcmeAsync("backup", backup)).Text, StringComparison.Ordinal);
        Directory.Delete(State, recursive: true);
        Open(new MemoryStore());

        var said = await AcmeAsync("restore", backup);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal("shop.test\n", await File.ReadAllTextAsync(Path.Combine(Desired, "shop.test"), Token));
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    private void Open(MemoryStore memory)
    {
        var engine = new EngineStore(memory);
        Also = services => services.AddSingleton<IAcmeStore>(engine);
    }
}
