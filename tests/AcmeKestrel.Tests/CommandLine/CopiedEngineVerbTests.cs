using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A state in an engine of which this machine keeps a copy: a copy is for visitors, and no command decides by it or leaves one behind.</summary>
public sealed class CopiedEngineVerbTests : BackupScene
{
    private readonly MemoryStore _memory = new();
    private readonly FlakyStore _engine;
    private readonly EphemeralDataProtectionProvider _keys = new();

    public CopiedEngineVerbTests()
    {
        _engine = new FlakyStore(_memory);
        Settings["Acme:Store:Type"] = "Memory";
        Settings["Acme:Store:Cache"] = "true";
        Also = services =>
        {
            services.AddSingleton<IDataProtectionProvider>(_keys);
            services.AddAcme().AddStoreType("Memory", (_, _) => new EngineStore(_engine));
        };
    }

    private string Copies => Path.Combine(State, "store-cache", "certs");

    [Fact]
    public async Task A_backup_of_an_engine_that_fails_for_a_moment_is_none_and_not_one_of_the_copy()
    {
        await FillAsync();
        _engine.Listing = Once<RecordKind>(kind => kind == RecordKind.Certificate);

        var said = await AcmeAsync("backup", Archive);

        Assert.Equal(1, said.Exit);
        Assert.Contains("away for a moment", said.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Archive));
    }

    [Fact]
    public async Task A_restore_into_an_engine_that_lost_all_writes_what_the_copy_has_too()
    {
        await FillAsync();
        await BackUpAsync();
        var all = await CertificatesAsync();
        Assert.NotEmpty(all);
        foreach (var kind in RecordKind.Known)
        {
            foreach (var record in await _memory.ListAsync(new StoreQuery(kind), Token).ToListAsync(Token)) await _memory.DeleteAsync(new StoreDeletion(record.Key), Token);
        }

        _engine.Reading = Once<RecordKey>(key => key.Kind == RecordKind.Certificate);
        var said = await AcmeAsync("restore", Archive);

        // A fault on the way is told, and the next call brings the rest.
        if (said.Exit != 0) said = await AcmeAsync("restore", Archive);
        Assert.True(said.Exit == 0, said.Errors);
        Assert.Equal(all, await CertificatesAsync());
    }

    [Fact]
    public async Task Whoever_only_looks_leaves_no_copy_behind()
    {
        await FillAsync();
        Lose();

        foreach (var words in new string[][] { ["status"], ["check"], ["plan"], ["explain", "shop.test"], ["backup", Archive] }) await AcmeAsync(words);

        Assert.False(Directory.Exists(State));
    }

    /// <summary>A command that works is a server meanwhile, and copies as one does.</summary>
    private async Task FillAsync()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        var said = await AcmeAsync("reconcile");
        Assert.True(said.Exit == 0, said.Errors);
        Assert.NotEmpty(Directory.GetDirectories(Copies));
    }

    private async Task<IReadOnlyList<string>> CertificatesAsync() => [.. (await _memory.ListAsync(new StoreQuery(RecordKind.Certificate), Token).ToListAsync(Token)).Select(record => record.Key.Name).Order(StringComparer.Ordinal)];

    private static Func<T, Task> Once<T>(Predicate<T> isMeant)
    {
        var isLeft = true;
        return asked =>
        {
            if (!isLeft || !isMeant(asked)) return Task.CompletedTask;

            isLeft = false;
            throw new StoreUnavailableException("away for a moment");
        };
    }
}
