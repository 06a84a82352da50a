using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Hooks;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Exports;

/// <summary>A server that reads an exported file is reloaded when that has changed, and not only when the certificate has.</summary>
public sealed class LateExportTests : IDisposable
{
    private const string Shop = "shop.test";

    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);

    private readonly ExportScene _files = new();
    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.LiveUpdated);
    private readonly List<string?> _seen = [];

    public LateExportTests()
    {
        _scene.Hooks.Add(_hook);
        _scene.Settings.Exports = [_files.Export("later/{name}.pem")];
        _hook.Answer = told =>
        {
            var file = _files[$"later/{told.Certificates[0].Label}.pem"];
            _seen.Add(File.Exists(file) ? File.ReadAllText(file) : null);
            return Task.FromResult(AcmeHookResult.Done);
        };
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_file_that_could_not_be_written_when_hooks_were_told_is_told_once_it_is_there()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null], _seen);

        // Looks that come to nothing are nobody's news.
        for (var i = 0; i < 3; i++) await LookAgainAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Single(_hook.Calls);

        Directory.CreateDirectory(_files["later"]);
        await LookAgainAsync(edge);
        await ExportScene.ExportAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([null, Pem(edge, Shop)], _seen);
        Assert.Equal(_hook.Calls[0].Certificates[0].Generation, _hook.Calls[1].Certificates[0].Generation);
        Assert.Equal(_hook.Calls[0].Certificates[0].NotAfter, _hook.Calls[1].Certificates[0].NotAfter);
        Assert.NotEqual(_hook.Calls[0].Id, _hook.Calls[1].Id);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task A_hook_that_has_not_been_told_yet_is_told_once()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        Directory.CreateDirectory(_files["later"]);
        await edge.Get<ExportDesk>().BringAsync(Shop, Token);

        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([Pem(edge, Shop)], _seen);
    }

    /// <summary>The link waits for a hook, and the exports do not: what is owed of the certificate tells of both.</summary>
    [Fact]
    public async Task What_is_owed_of_a_certificate_whose_link_waits_is_not_told_before_the_link_has_moved()
    {
        Directory.CreateDirectory(_files["later"]);
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        var still = await edge.Get<PublicLinks>().TryHoldStillAsync(edge.Session, Token);

        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await ExportScene.RenewAsync(edge, Shop);
        await ExportScene.ExportAsync(edge);
        Assert.Equal(Pem(edge, Shop), await File.ReadAllTextAsync(_files["later/shop.test.pem"], Token));
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Single(_hook.Calls);

        still!.Dispose();
        await _scene.DeliverAsync(edge, Gathered);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal(2, _hook.Calls.Count);
        Assert.Equal(_scene.Links.Shown[Shop], _hook.Calls[1].Certificates[0].Generation);
    }

    [Theory]
    [InlineData("before create")]
    [InlineData("before rename")]
    public async Task A_volume_that_answers_after_hooks_were_told_is_told_of_when_it_has(string step)
    {
        Directory.CreateDirectory(_files["later"]);
        var (reached, goesOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        _scene.Also = services => services.AddSingleton(new ExportWriter(
            folder => new StepFiles(LocalFileSystem.Below(folder), (at, _) =>
            {
                if (at != step) return;

                reached.TrySetResult();
                goesOn.Task.Wait(Token);
            }),
            "1234abcd"));
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        var settling = edge.SettleAsync(Shop);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        while (await Task.WhenAny(settling, Task.Delay(20, Token)) != settling) _scene.Time.Advance(TimeSpan.FromSeconds(10));
        await settling;
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null], _seen);

        goesOn.SetResult();
        await edge.Get<ExportDesk>().BringAsync(Shop, Token);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([null, Pem(edge, Shop)], _seen);
    }

    /// <summary>As where a single file is mounted: it can be made beside its place, and not moved there.</summary>
    [Fact]
    public async Task A_file_that_can_be_made_and_not_moved_to_its_place_is_told_when_it_was_moved()
    {
        Directory.CreateDirectory(_files["later"]);
        var isBusy = true;
        _scene.Also = services => services.AddSingleton(new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (at, _) => Refuse(at)), "1234abcd"));
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null], _seen);

        for (var i = 0; i < 3; i++)
        {
            await LookAgainAsync(edge);
            await _scene.DeliverAsync(edge, Gathered);
        }

        Assert.Single(_hook.Calls);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));

        isBusy = false;
        await LookAgainAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null, Pem(edge, Shop)], _seen);

        void Refuse(string at)
        {
            if (isBusy && at == "before rename") throw new IOException("Device or resource busy");
        }
    }

    /// <summary>As where its folder cannot be synced: it stands there, and no later attempt would find anything to do.</summary>
    [Fact]
    public async Task A_file_that_stands_in_its_place_is_told_though_moving_it_there_failed_at_its_end()
    {
        Directory.CreateDirectory(_files["later"]);
        var isAway = true;
        _scene.Also = services => services.AddSingleton(new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (at, _) => Refuse(at)), "1234abcd"));
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null], _seen);

        isAway = false;
        await LookAgainAsync(edge);
        for (var i = 0; i < 3; i++) await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([null, Pem(edge, Shop)], _seen);

        void Refuse(string at)
        {
            if (isAway && at == "before create") throw new IOException("Not there");
            if (at == "after rename") throw new IOException("Input/output error");
        }
    }

    [Fact]
    public async Task What_a_hook_that_failed_is_owed_outlives_a_file_that_cannot_be_moved_to_its_place()
    {
        Directory.CreateDirectory(_files["later"]);
        _scene.Also = services => services.AddSingleton(new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (at, _) => Refuse(at)), "1234abcd"));
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Failed("away"));
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Single(_hook.Calls);
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);

        await LookAgainAsync(edge);
        for (var i = 0; i < 3; i++) await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Equal(2, _hook.Calls.Count);
        Assert.Equal(_hook.Calls[0].Id, _hook.Calls[1].Id);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));

        static void Refuse(string at)
        {
            if (at == "before rename") throw new IOException("Device or resource busy");
        }
    }

    [Fact]
    public async Task A_start_tells_of_what_it_mends_in_one_call_and_of_nothing_else()
    {
        Directory.CreateDirectory(_files["later"]);
        var wishes = new[] { "a.test", "b.test", "c.test" }.Select(label => Wishes.Of(label)).ToArray();
        await using (var before = await _scene.StartAsync(wishes))
        {
            await before.RunAsync(TimeSpan.FromSeconds(1));
            await _scene.DeliverAsync(before, Gathered);
        }

        File.Delete(_files["later/a.test.pem"]);
        File.WriteAllText(_files["later/c.test.pem"], "damaged");
        _hook.Calls.Clear();
        await using (var edge = await _scene.StartAsync(wishes))
        {
            await ExportScene.ExportAsync(edge);
            await _scene.DeliverAsync(edge, Gathered);
            Assert.Equal(["LiveUpdated a.test c.test"], _hook.Told);
        }

        _hook.Calls.Clear();
        await using var next = await _scene.StartAsync(wishes);
        await ExportScene.ExportAsync(next);
        await _scene.DeliverAsync(next, Gathered);
        Assert.Empty(_hook.Calls);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task An_export_that_is_new_is_told_when_its_file_is_there()
    {
        _scene.Settings.Exports = [];
        Directory.CreateDirectory(_files["later"]);
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);

        _scene.Settings.Exports = [_files.Export("later/{name}.pem")];
        _scene.Settings.Change();
        await ExportScene.ExportAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal([null, Pem(edge, Shop)], _seen);
    }

    [Fact]
    public async Task A_store_that_cannot_keep_what_is_owed_leaves_the_file_for_later()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, Gathered);
        Directory.CreateDirectory(_files["later"]);
        _scene.Records.BeforeWrite = _ => throw new StoreUnavailableException("read-only");

        await LookAgainAsync(edge);

        Assert.Equal(["later"], _files.Files);
        Assert.Equal("What hooks are owed for it cannot be written: read-only", Assert.Single(edge.Status(Shop).Exports).Problem);

        _scene.Records.BeforeWrite = _ => { };
        await LookAgainAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Equal([null, Pem(edge, Shop)], _seen);
    }

    [Fact]
    public async Task Whatever_moment_a_process_is_killed_in_a_file_that_is_mended_is_told()
    {
        Directory.CreateDirectory(_files["later"]);
        var file = _files["later/shop.test.pem"];
        await RunAsync(new Death(int.MaxValue));
        var whole = await File.ReadAllTextAsync(file, Token);
        for (var moment = 1; ; moment++)
        {
            await File.WriteAllTextAsync(file, "damaged", Token);
            _hook.Calls.Clear();

            var died = await RunAsync(new Death(moment));
            if (died) await RunAsync(new Death(int.MaxValue));

            Assert.True(_hook.Calls.Count is 1 or 2 && (died || _hook.Calls.Count == 1), $"moment {moment}: told {_hook.Calls.Count} times");
            Assert.True(_seen[^1] == whole, $"moment {moment}: told before the file was there");
            Assert.Equal(["later", "later/shop.test.pem"], _files.Files);
            Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
            if (died) continue;

            Assert.True(moment > 8, $"The decorators are not in the way: {moment}.");
            return;
        }
    }

    /// <summary>One process; true when it died.</summary>
    private async Task<bool> RunAsync(Death death)
    {
        _hook.IsHeard = () => !death.HasCome;
        _scene.Also = services => services.AddSingleton(new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (_, _) => death.Pass()), "1234abcd"));
        try
        {
            await using var edge = await _scene.StartAsync(new Death.Store(_scene.Records, death), null, Wishes.Of(Shop));
            await edge.RunAsync(TimeSpan.FromMinutes(1));
            await ExportScene.ExportAsync(edge);
            for (var i = 0; i < 2 && !death.HasCome; i++) await _scene.DeliverAsync(edge, Gathered);
        }
        catch (Exception) when (death.HasCome)
        {
            // Died before it came to its first file, or with it.
        }

        return death.HasCome;
    }

    private static async Task LookAgainAsync(Edge edge)
    {
        await edge.PassTimeAsync(edge.Get<ExportQueue>().NextDue!.Value);
        await ExportScene.ExportAsync(edge);
    }

    private static string Pem(Edge edge, string label) => edge.Published.Current[label].Chain.ToFullChainPem();
}
