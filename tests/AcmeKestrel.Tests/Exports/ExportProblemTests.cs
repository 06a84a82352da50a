using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Exporting;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Telemetry;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Exports;

/// <summary>What goes wrong with one file is told of that file, takes nothing from anybody, and mends itself.</summary>
public sealed class ExportProblemTests : IDisposable
{
    private const string Shop = "shop.test";

    private readonly ExportScene _scene = new();

    public ExportProblemTests() => _scene.Settings.Exports = [_scene.Export("{name_}.pem"), _scene.Export("{name_}.key", ExportContent.PrivKey, place: 1)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task What_a_killed_process_left_beside_is_removed_by_the_next_start()
    {
        var isAlive = true;
        var dying = new ExportWriter(folder => new StepFiles(LocalFileSystem.Below(folder), (step, _) =>
        {
            if (step == "before rename") isAlive = false;
            if (!isAlive) throw new InvalidOperationException("killed");
        }), "1234abcd");
        await using (var before = await _scene.StartAsync(_scene.Store, null, dying, Shop))
        {
            await before.SettleAsync(Shop);
            await ExportScene.ExportAsync(before);
            Assert.Contains(_scene.Files, name => name.StartsWith(".acmekestrel-1234abcd-", StringComparison.Ordinal));
        }

        await using var edge = await _scene.StartAsync(_scene.Store, null, new ExportWriter(LocalFileSystem.Below, "1234abcd"), Shop);
        await ExportScene.ExportAsync(edge);

        ExportScene.AssertIsPair(edge.Published.Current[Shop], _scene["shop_test.pem"], _scene["shop_test.key"]);
        Assert.Equal(["shop_test.key", "shop_test.pem"], _scene.Files);
    }

    [Fact]
    public async Task One_that_failed_by_a_clock_that_was_ahead_is_tried_again_soon_by_the_right_one()
    {
        _scene.Settings.Exports = [_scene.Export("later/{name}.pem")];
        await using var edge = await _scene.StartAsync(_scene.Store, null, null, Shop);
        await edge.SettleAsync(Shop);
        await ExportScene.ExportAsync(edge);

        edge.Time.AdjustTime(edge.Time.GetUtcNow() - TimeSpan.FromDays(8));
        await edge.Get<ExportDesk>().BringAsync(Shop, Token);

        Assert.InRange(edge.Get<ExportQueue>().LastOf(Shop)!.Again!.Value - edge.Time.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromHours(1));
    }

    [Fact]
    public async Task A_file_that_cannot_be_written_is_told_delays_nothing_and_recovers_by_itself()
    {
        _scene.Settings.Exports = [_scene.Export("{name}.pem"), _scene.Export("later/{name}.key", ExportContent.PrivKey, place: 1)];
        using var log = new Configuration.RecordingLog();
        await using var edge = await _scene.StartAsync(_scene.Store, log, null, Shop, "www.test");
        using var metrics = new HeardMetrics(edge.Get<System.Diagnostics.Metrics.IMeterFactory>());
        await edge.SettleAsync(Shop);
        await edge.SettleAsync("www.test");

        await ExportScene.ExportAsync(edge);

        Assert.Equal(["shop.test.pem", "www.test.pem"], _scene.Files);
        var status = edge.Status(Shop);
        Assert.Equal(AcmeCertificateState.Served, status.State);
        Assert.Equal([null, $"Its folder does not exist, and none is made : '{_scene["later"]}'"], status.Exports.Select(file => file.Problem));
        Assert.Equal([null, _scene.Time.GetUtcNow().AddMinutes(1)], status.Exports.Select(file => file.NextAttempt));
        Assert.Equal(2, metrics.Ask("acme.export.failing")[""]);
        Assert.Contains(log.Entries, told => told.Level is LogLevel.Warning && told.Text.StartsWith($"{Shop}: {_scene["later/shop.test.key"]} is not as it should be (Acme:Exports:1), and is tried again at ", StringComparison.Ordinal));

        // No attempt before its time, and each one later than the one before.
        var attempts = new List<double>();
        var begin = _scene.Time.GetUtcNow();
        while (attempts.Count < 9)
        {
            await edge.PassTimeAsync(edge.Get<ExportQueue>().NextDue!.Value);
            await ExportScene.ExportAsync(edge);
            attempts.Add((_scene.Time.GetUtcNow() - begin).TotalMinutes);
        }

        Assert.Equal([1.0, 3, 7, 15, 31, 63, 123, 183, 243], attempts.Select(minutes => Math.Round(minutes)));

        // Said once of each file, not at each attempt.
        Assert.Equal(2, log.Entries.Count(told => told.Level is LogLevel.Warning));

        Directory.CreateDirectory(_scene["later"]);
        await edge.PassTimeAsync(edge.Get<ExportQueue>().NextDue!.Value);
        await ExportScene.ExportAsync(edge);

        Assert.Equal(["later", "later/shop.test.key", "later/www.test.key", "shop.test.pem", "www.test.pem"], _scene.Files);
        Assert.All(edge.Status(Shop).Exports, file => Assert.Equal((null, null), (file.Problem, file.NextAttempt)));
        Assert.Equal(0, metrics.Ask("acme.export.failing")[""]);
        Assert.Equal(4, metrics.Sums("acme.export.files")["acme.outcome=written"]);
        Assert.Null(edge.Get<ExportQueue>().NextDue);
    }

    [Fact]
    public async Task A_new_certificate_tries_a_file_at_once_that_failed_before()
    {
        _scene.Settings.Exports = [_scene.Export("later/{name}.pem")];
        await using var edge = await _scene.StartAsync(Shop);
        await edge.SettleAsync(Shop);
        await ExportScene.ExportAsync(edge);
        Directory.CreateDirectory(_scene["later"]);

        await ExportScene.RenewAsync(edge, Shop);
        await ExportScene.ExportAsync(edge);

        Assert.Equal(edge.Published.Current[Shop].Chain.ToFullChainPem(), File.ReadAllText(_scene["later/shop.test.pem"]));
    }

    [Fact]
    public async Task Two_labels_that_come_to_one_file_both_say_so_and_neither_takes_it_from_the_other()
    {
        await using (var edge = await _scene.StartAsync("a.test"))
        {
            await edge.SettleAsync("a.test");
            await ExportScene.ExportAsync(edge);
            var first = edge.Published.Current["a.test"];

            edge.Wish(Wishes.Of("a_test", ["b.test"]));
            await edge.RunAsync(TimeSpan.FromMinutes(1));
            await ExportScene.ExportAsync(edge);

            Assert.Contains("Acme:Exports:0 brings a.test to the same file", edge.Status("a_test").Exports[0].Problem, StringComparison.Ordinal);
            Assert.Contains("Acme:Exports:0 brings a_test to the same file", edge.Status("a.test").Exports[0].Problem, StringComparison.Ordinal);
            ExportScene.AssertIsPair(first, _scene["a_test.pem"], _scene["a_test.key"]);
        }

        // Whoever is looked at first after a start does not take it either.
        var stored = File.ReadAllText(_scene["a_test.pem"]);
        await using var next = await Edge.StartAsync(_scene.Time, _scene.Ca, _scene.Settings, _scene.Store, [Wishes.Of("a.test"), Wishes.Of("a_test", ["b.test"])]);
        await ExportScene.ExportAsync(next);
        Assert.Equal(stored, File.ReadAllText(_scene["a_test.pem"]));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_leaves_the_files_as_they_are()
    {
        await using (var before = await _scene.StartAsync(Shop))
        {
            await before.SettleAsync(Shop);
            await ExportScene.ExportAsync(before);
        }

        var files = _scene.Files.Select(name => File.ReadAllText(_scene[name])).ToList();
        _scene.Store.Damage(Assert.Single(_scene.Store.All(RecordKind.Certificate)).Key, "privkey");
        await using var edge = await _scene.StartAsync(Shop);
        var results = await edge.Get<ExportDesk>().BringAsync(Shop, Token);

        Assert.All(results, result => Assert.Equal("No stored certificate of it can be read", result.Problem));
        Assert.Equal(files, _scene.Files.Select(name => File.ReadAllText(_scene[name])));
    }

    [Fact]
    public async Task What_a_killed_process_left_for_a_certificate_that_is_gone_is_removed_as_well()
    {
        _scene.Settings.Exports = [_scene.Export("file", certificate: "gone.test")];
        File.WriteAllText(_scene[".acmekestrel-1234abcd-0"], "");
        File.WriteAllText(_scene[".acmekestrel-another-0"], "");

        await using var edge = await _scene.StartAsync(_scene.Store, null, new ExportWriter(LocalFileSystem.Below, "1234abcd"), Shop);
        await ExportScene.ExportAsync(edge);

        Assert.Equal([".acmekestrel-another-0"], _scene.Files);
    }
}
