using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Exports;

/// <summary>What is current of a label is in its files, whatever made it current.</summary>
public sealed class ExportingTests : IDisposable
{
    private const string Shop = "shop.test";

    private readonly ExportScene _scene = new();

    public ExportingTests() => _scene.Settings.Exports = [_scene.Export("{name_}.pem"), _scene.Export("{name_}.key", ExportContent.PrivKey, place: 1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_certificate_that_comes_is_brought_and_one_that_replaces_it_as_well()
    {
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);

        await ExportScene.ExportAsync(edge);

        AssertIsCurrent(edge);
        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
        Assert.Equal((ExportScene.Private, ExportScene.Public), (File.GetUnixFileMode(_scene["shop_test.key"]), File.GetUnixFileMode(_scene["shop_test.pem"])));
        Assert.All(edge.Status(Shop).Exports, file => Assert.Null(file.Problem));
        Assert.Equal([("Acme:Exports:0", _scene["shop_test.pem"]), ("Acme:Exports:1", _scene["shop_test.key"])], edge.Status(Shop).Exports.Select(file => (file.Origin, file.Path)));

        var first = edge.Published.Current[Shop];
        await ExportScene.RenewAsync(edge, Shop);
        await ExportScene.ExportAsync(edge);

        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
        AssertIsCurrent(edge);
        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
        Assert.Equal(2, edge.Status(Shop).Exports.Count);
    }

    [Fact]
    public async Task What_is_gone_back_to_is_brought()
    {
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);
        var first = edge.Published.Current[Shop];
        await ExportScene.RenewAsync(edge, Shop);
        await ExportScene.ExportAsync(edge);

        var back = edge.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(10));
        Assert.True((await back)!.IsRolledBack);
        await ExportScene.ExportAsync(edge);

        ExportScene.AssertIsPair(first, _scene["shop_test.pem"], _scene["shop_test.key"]);
    }

    [Fact]
    public async Task What_replaces_a_revoked_certificate_is_brought()
    {
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);
        var first = edge.Published.Current[Shop];
        await ExportScene.ExportAsync(edge);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.Superseded, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await revocation;
        await ExportScene.ExportAsync(edge);

        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
        AssertIsCurrent(edge);
    }

    [Fact]
    public async Task What_another_label_left_behind_is_brought_to_the_files_of_its_new_one()
    {
        await using (var before = await Edge.StartAsync(_scene.Time, _scene.Ca, _scene.Settings, _scene.Store, [Wishes.Of("a.test", ["a.test", "b.test"])])) await before.SettleAsync("a.test");

        await using var edge = await Edge.StartAsync(_scene.Time, _scene.Ca, _scene.Settings, _scene.Store, [Wishes.Of("front", ["b.test", "a.test"])]);
        await edge.SettleAsync("front");
        await ExportScene.ExportAsync(edge);

        Assert.Single(_scene.Ca.NewOrders);
        ExportScene.AssertIsPair(edge.Published.Current["front"], _scene["front.pem"], _scene["front.key"]);
        Assert.Equal(["a_test.key", "a_test.pem", "front.key", "front.pem"], _scene.Files);
    }

    [Fact]
    public async Task After_a_start_all_that_is_stored_is_looked_at_and_what_is_as_it_should_be_is_not_written()
    {
        await using (var before = await _scene.StartAsync(Shop, "www.test"))
        {
            await before.SettleAsync(Shop);
            await before.SettleAsync("www.test");
            await ExportScene.ExportAsync(before);
        }

        var untouched = File.GetLastWriteTimeUtc(_scene["shop_test.key"]);
        File.WriteAllText(_scene["www_test.pem"], "damaged");
        File.Delete(_scene["www_test.key"]);

        await using var edge = await _scene.StartAsync(Shop, "www.test");
        await ExportScene.ExportAsync(edge);

        ExportScene.AssertIsPair(edge.Published.Current["www.test"], _scene["www_test.pem"], _scene["www_test.key"]);
        Assert.Equal(untouched, File.GetLastWriteTimeUtc(_scene["shop_test.key"]));
        Assert.Equal(
            [ExportState.Current, ExportState.Current, ExportState.Written, ExportState.Written],
            edge.Events.All.OfType<LabelEvent.Exported>().OrderBy(told => told.Label.Label).SelectMany(told => told.Files).Select(file => file.State));
    }

    [Fact]
    public async Task Settings_that_change_while_it_runs_are_followed()
    {
        _scene.Settings.Exports = [];
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);
        await ExportScene.ExportAsync(edge);
        Assert.Empty(_scene.Files);

        Change([_scene.Export("one.pem", certificate: Shop), _scene.Export("{name}.all", place: 1)]);
        await ExportScene.ExportAsync(edge);
        Assert.Equal(["one.pem", "shop.test.all"], _scene.Files);

        Change([_scene.Export("other.pem", certificate: Shop)]);
        await ExportScene.ExportAsync(edge);
        Assert.Equal(["one.pem", "other.pem", "shop.test.all"], _scene.Files);
        Assert.Equal(_scene["other.pem"], Assert.Single(edge.Status(Shop).Exports).Path);

        Change([]);
        await ExportScene.ExportAsync(edge);
        Assert.Empty(edge.Status(Shop).Exports);
        Assert.Equal(3, _scene.Files.Count());
    }

    [Fact]
    public async Task Whoever_brings_a_label_finds_the_work_done_or_does_it_and_is_told_how_the_files_are()
    {
        await using var edge = await _scene.StartAsync(Shop);
        Assert.Empty(await edge.Get<ExportDesk>().BringAsync(Shop, Token));
        await edge.SettleAsync(Shop);
        AssertIsCurrent(edge);
        foreach (var file in _scene.Files.ToList()) File.Delete(_scene[file]);

        var brought = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => edge.Get<ExportDesk>().BringAsync(Shop, Token)));

        Assert.All(brought, results => Assert.Equal([_scene["shop_test.pem"], _scene["shop_test.key"]], results.Select(result => result.Path)));
        Assert.Equal(2, brought.SelectMany(results => results).Count(result => result.State is ExportState.Written));
        Assert.Equal(6, brought.SelectMany(results => results).Count(result => result.State is ExportState.Current));
        Assert.Empty(await edge.Get<ExportDesk>().BringAsync("nobody.test", Token));
        AssertIsCurrent(edge);
    }

    [Fact]
    public async Task A_pass_ends_when_the_files_are_there_and_tries_at_once_what_failed_before()
    {
        _scene.Settings.Exports = [_scene.Export("{name}.pem"), _scene.Export("later/{name}.pem", place: 1)];
        await using var edge = await _scene.StartAsync(Shop);
        await PassAsync();
        Assert.Equal(["shop.test.pem"], _scene.Files);

        Directory.CreateDirectory(_scene["later"]);
        await PassAsync();
        Assert.Equal(["later", "later/shop.test.pem", "shop.test.pem"], _scene.Files);

        async Task PassAsync()
        {
            var pass = edge.Get<IAcmeCertificates>().ReconcileAsync(Token);
            await edge.RunAsync(TimeSpan.FromSeconds(40));
            await pass.WaitAsync(TimeSpan.FromSeconds(30), Token);
        }
    }

    [Fact]
    public async Task A_process_that_has_not_got_the_state_writes_nothing()
    {
        await using (var before = await _scene.StartAsync(Shop)) await before.SettleAsync(Shop);
        foreach (var file in _scene.Files.ToList()) File.Delete(_scene[file]);
        _scene.Store.LeaseIsFree = false;

        await using var edge = await _scene.StartAsync(Shop);
        edge.Get<ExportQueue>().Begin();
        await ExportScene.ExportAsync(edge);

        Assert.Empty(await edge.Get<ExportDesk>().BringAsync(Shop, Token));
        Assert.Empty(_scene.Files);
    }

    [Fact]
    public async Task Without_exports_nothing_is_looked_at()
    {
        _scene.Settings.Exports = [];
        await using (var before = await _scene.StartAsync(Shop)) await before.SettleAsync(Shop);
        await using var edge = await _scene.StartAsync(Shop);
        await edge.RunAsync(TimeSpan.FromDays(1));

        Assert.Null(edge.Get<ExportQueue>().NextDue);
        Assert.DoesNotContain(edge.Events.All, told => told is LabelEvent.Exported);
    }

    [Fact]
    public async Task A_look_before_the_wishes_are_read_is_in_the_status_and_one_that_finds_nothing_new_tells_nobody()
    {
        await using (var before = await _scene.StartAsync(Shop)) await before.SettleAsync(Shop);
        await using var edge = await _scene.StartAsync();
        await ExportScene.ExportAsync(edge);

        edge.Wish(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        Assert.Equal(2, edge.Status(Shop).Exports.Count);

        await using var changes = edge.Get<IAcmeCertificates>().WatchAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(2, changes.Current.Status!.Exports.Count);
        await edge.Get<ExportDesk>().BringAsync(Shop, Token);
        var next = changes.MoveNextAsync();
        Assert.False(next.IsCompleted);
        Directory.Delete(_scene.Folder, recursive: true);
        await edge.Get<ExportDesk>().BringAsync(Shop, Token);
        Assert.True(await next.AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.All(changes.Current.Status!.Exports, file => Assert.NotNull(file.Problem));
        Directory.CreateDirectory(_scene.Folder);
    }

    [Fact]
    public async Task What_is_forgotten_leaves_its_files_and_nothing_else()
    {
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);
        await ExportScene.ExportAsync(edge);

        edge.Drop(Shop);
        await edge.RunAsync(TimeSpan.FromDays(150));
        Assert.Contains(edge.Events.All, told => told is LabelEvent.Forgotten);
        await ExportScene.ExportAsync(edge);

        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
        Assert.Null(edge.Get<AcmeKestrel.Lifecycle.Labels>().Find(Shop));
        Assert.Null(edge.Get<ExportQueue>().LastOf(Shop));
        Assert.Null(edge.Get<ExportQueue>().NextDue);
    }

    [Fact]
    public async Task The_host_has_the_exports_looked_at()
    {
        using var log = new ToldLog();
        await using var edge = await _scene.StartAsync(_scene.Store, log, null, Shop);
        var loop = edge.Get<IEnumerable<Microsoft.Extensions.Hosting.IHostedService>>().OfType<ExportLoop>().Single();
        await loop.StartAsync(Token);
        await edge.SettleAsync(Shop);

        await log.ToldAsync($"{_scene["shop_test.key"]} has its certificate").WaitAsync(TimeSpan.FromSeconds(60), Token);

        AssertIsCurrent(edge);
        await loop.StopAsync(Token);
    }

    private void Change(IReadOnlyList<ExportSetting> exports)
    {
        _scene.Settings.Exports = [.. exports];
        _scene.Settings.Change();
    }

    private void AssertIsCurrent(Edge edge) => ExportScene.AssertIsPair(edge.Published.Current[Shop], _scene["shop_test.pem"], _scene["shop_test.key"]);
}
