using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Logging.Abstractions;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Promise 6 for the store: stopped before any of its steps, with unsynced data dropped or not, every record is the old or the new one, whole.</summary>
public sealed class StateDirectoryCrashTests
{
    private const int CrashesPerStep = 12;
    private static readonly RecordKey Order = new(RecordKind.Order, "shop.test");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/thumbprint");
    private static readonly RecordKey Old = new(RecordKind.Certificate, "shop.test@20260101T000000Z-00000001");
    private static readonly RecordKey New = new(RecordKind.Certificate, "shop.test@20260201T000000Z-00000002");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stopped_before_any_step_every_record_is_whole(bool canExchange)
    {
        var stops = 0;
        for (var finished = false; !finished; stops++)
        {
            var files = new SimulatedFileSystem { CanExchange = canExchange, StopAfter = stops };
            var log = new Log();
            finished = await RunAsync(files, log);

            for (var seed = 0; seed < CrashesPerStep; seed++)
            {
                await CheckAsync(files.AfterCrash(new Random(seed)), log, $"stopped after {stops} steps, seed {seed}");
            }
        }

        Assert.True(stops > 60, $"{stops} steps only: is every step counted?");
    }

    [Fact]
    public async Task After_a_crash_while_opening_the_next_start_opens()
    {
        for (var stop = 0; stop < 30; stop++)
        {
            var files = new SimulatedFileSystem { StopAfter = stop };
            await Record.ExceptionAsync(() => Open(files).OpenWatchAsync(new StoreWatchRequest(), TestContext.Current.CancellationToken).AsTask());
            for (var seed = 0; seed < CrashesPerStep; seed++)
            {
                using var store = Open(files.AfterCrash(new Random(seed)));
                await using var opening = await store.OpenWatchAsync(new StoreWatchRequest(), TestContext.Current.CancellationToken);
                Assert.Null(await store.ReadAsync(Order, TestContext.Current.CancellationToken));
            }
        }
    }

    /// <summary>True = it came to the end.</summary>
    private static async Task<bool> RunAsync(SimulatedFileSystem files, Log log)
    {
        try
        {
            using var store = Open(files);
            await WriteAsync(Order, "first");
            await WriteAsync(Account, "first");
            await WriteAsync(Account, "second");
            await WriteAsync(Old, "first");
            await SwitchAsync("20260101T000000Z-00000001");
            await WriteAsync(Order, "second");
            await WriteAsync(New, "first");
            await SwitchAsync("20260201T000000Z-00000002");
            await DeleteAsync(Old);
            await DeleteAsync(Order);
            return true;

            async Task WriteAsync(RecordKey key, string value)
            {
                log.InFlight = (key, value);
                await store.WriteAsync(key, Content(value), null, null, default);
                Acknowledge(key, value);
            }

            async Task DeleteAsync(RecordKey key)
            {
                log.InFlight = (key, null);
                await store.DeleteAsync(key, (await store.ReadAsync(key, default))!.Version, null, default);
                Acknowledge(key, null);
            }

            async Task SwitchAsync(string generation)
            {
                log.NextLink = $"shop.test@{generation}";
                await store.SwitchAsync("shop.test", generation, default);
                log.Link = log.NextLink;
            }

            void Acknowledge(RecordKey key, string? value)
            {
                log.Acknowledged[key] = value;
                log.InFlight = null;
            }
        }
        catch (MachineStopped)
        {
            return false;
        }
    }

    private static async Task CheckAsync(SimulatedFileSystem files, Log log, string when)
    {
        using var store = Open(files);
        await using var opening = await store.OpenWatchAsync(new StoreWatchRequest(), default);
        foreach (var key in new[] { Order, Account, Old, New })
        {
            var record = await store.ReadAsync(key, default);
            Assert.True(record?.Error is null, $"{when}: {record?.Error}");

            var found = record is null ? null : Encoding.UTF8.GetString(record.Content.Find("value")!.Value.Span);
            var before = log.Acknowledged.GetValueOrDefault(key);
            var mayBeNew = log.InFlight is { } change && change.Key == key && change.Value == found;
            Assert.True(found == before || mayBeNew, $"{when}: {key} is '{found}', it was '{before}', in flight was {log.InFlight}");
        }

        foreach (var kind in RecordKind.Known)
        {
            await foreach (var record in store.ListAsync(kind, null, default)) Assert.True(record.Error is null, $"{when}: {record.Error}");
        }

        var link = files.Find("/state/certs/shop.test");
        Assert.True(link?.LinkTarget == log.Link || link?.LinkTarget == log.NextLink, $"{when}: the link shows {link?.LinkTarget}, it was {log.Link}, switched to {log.NextLink}");
        if (link is not null) Assert.True(files.Find("/state/certs/" + link.LinkTarget) is not null, $"{when}: the link dangles");
        Assert.Empty(files.List("/state/tmp"));
    }

    /// <summary>What the store said is durable, and what it was doing when the machine stopped.</summary>
    private sealed class Log
    {
        public Dictionary<RecordKey, string?> Acknowledged { get; } = [];

        public (RecordKey Key, string? Value)? InFlight { get; set; }

        public string? Link { get; set; }

        public string? NextLink { get; set; }
    }

    private static StateDirectoryStore Open(IFileSystem files) =>
        new(new StateDirectoryOptions("/state", null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, files);

    private static RecordContent Content(string value) => new(
    [
        new RecordPart("privkey", Encoding.UTF8.GetBytes($"key of {value}"), secret: true),
        new RecordPart("fullchain", Encoding.UTF8.GetBytes($"chain of {value}")),
        new RecordPart("value", Encoding.UTF8.GetBytes(value)),
    ]);
}
