using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>"Keys at rest" of docs/fleet.md: no machine has the ring of keys any more by which the engine's secrets are encrypted, and there is a backup.</summary>
public sealed class LostRingTests : BackupScene
{
    private readonly MemoryStore _engine = new();
    private EphemeralDataProtectionProvider _ring = new();

    public LostRingTests()
    {
        Settings["Acme:Store:Type"] = "Memory";
        Settings["Acme:Store:ProtectSecrets"] = "true";
        Settings["Acme:Domains:0"] = "shop.test";
        Also = services =>
        {
            services.AddSingleton<IDataProtectionProvider>(_ring);
            services.AddAcme().AddStoreType("Memory", (_, _) => new EngineStore(_engine));
        };
    }

    [Fact]
    public async Task A_restore_that_replaces_is_gone_on_with()
    {
        await ReconcileAsync();
        await BackUpAsync();
        _ring = new();
        var refused = await AcmeAsync("reconcile");
        Assert.NotEqual(0, refused.Exit);
        Assert.Contains("the Data Protection keys of this process do not open it", refused.Errors, StringComparison.Ordinal);
        var orders = Orders;

        var restored = await AcmeAsync("restore", Archive, "--yes");

        Assert.True(restored.Exit == 0, restored.Errors);
        await ReconcileAsync();
        Assert.Equal(orders, Orders);
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
    }

    /// <summary>Nobody can use it: the backup's is current.</summary>
    [Fact]
    public async Task A_certificate_that_came_after_the_backup_is_passed_over()
    {
        await ReconcileAsync();
        await BackUpAsync();
        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        var orders = Orders;
        _ring = new();

        var restored = await AcmeAsync("restore", Archive, "--yes");

        Assert.Equal((3, 1), (restored.Exit, restored.Error.Count(line => line.StartsWith("Kept, since it is there and differs: ledger/", StringComparison.Ordinal))));
        await ReconcileAsync();
        Assert.Equal(orders, Orders);
        Assert.Equal(0, (await AcmeAsync("check")).Exit);
    }

    /// <summary>It is in no backup that is older, and its key may be another machine's to open.</summary>
    [Fact]
    public async Task An_order_that_was_under_way_holds_its_name_until_its_record_is_removed()
    {
        await ReconcileAsync();
        await BackUpAsync();
        Settings["Acme:Domains:1"] = "blog.test";
        StoreRecord? underWay = null;
        Behaviour.Interceptor = async (request, next, _) =>
        {
            if (request.Resource == "finalize") underWay = await _engine.ReadAsync(new RecordKey(RecordKind.Order, "blog.test"), Token);
            return next(request);
        };
        await ReconcileAsync();

        // As a kill at that moment had left it.
        await _engine.WriteAsync(new StoreWrite(underWay!.Key, underWay.Content), Token);
        _ring = new();

        await AcmeAsync("restore", Archive, "--yes");

        Assert.Contains("privkey of order/blog.test is encrypted, and the Data Protection keys of this process do not open it", (await AcmeAsync("reconcile")).Text, StringComparison.Ordinal);
        await _engine.DeleteAsync(new StoreDeletion(underWay.Key), Token);
        await ReconcileAsync();
    }

    private async Task ReconcileAsync()
    {
        var said = await AcmeAsync("reconcile");
        Assert.True(said.Exit == 0, said.Errors + said.Text);
    }
}
