using System.Text;
using AcmeKestrel.Storage;
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
            var acknowledged = new Dictionary<RecordKey, string?>();
            var inFlight = default((RecordKey Key, string? Value)?);
            finished = await RunAsync(files, acknowledged, change => inFlight = change);

            for (var seed = 0; seed < CrashesPerStep; seed++)
            {
                await CheckAsync(files.AfterCrash(new Random(seed)), acknowledged, inFlight, $"stopped after {stops} steps, seed {seed}");
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
            await Record.ExceptionAsync(() => Open(files).ReadAsync(Order, default).AsTask());
            for (var seed = 0; seed < CrashesPerStep; seed++) Assert.Null(await Open(files.AfterCrash(new Random(seed))).ReadAsync(Order, default));
        }
    }

    /// <summary>True = it came to the end.</summary>
    private static async Task<bool> RunAsync(SimulatedFileSystem files, Dictionary<RecordKey, string?> acknowledged, Action<(RecordKey Key, string? Value)?> begin)
    {
        try
        {
            using var store = Open(files);
            await WriteAsync(Order, "first");
            await WriteAsync(Account, "first");
            await WriteAsync(Account, "second");
            await WriteAsync(Old, "first");
            await store.SwitchAsync("shop.test", "20260101T000000Z-00000001", default);
            await WriteAsync(Order, "second");
            await WriteAsync(New, "first");
            await store.SwitchAsync("shop.test", "20260201T000000Z-00000002", default);
            await DeleteAsync(Old);
            await DeleteAsync(Order);
            return true;

            async Task WriteAsync(RecordKey key, string value)
            {
                begin((key, value));
                await store.WriteAsync(key, Content(value), null, null, default);
                Acknowledge(key, value);
            }

            async Task DeleteAsync(RecordKey key)
            {
                begin((key, null));
                await store.DeleteAsync(key, (await store.ReadAsync(key, default))!.Version, null, default);
                Acknowledge(key, null);
            }

            void Acknowledge(RecordKey key, string? value)
            {
                acknowledged[key] = value;
                begin(null);
            }
        }
        catch (MachineStopped)
        {
            return false;
        }
    }

    private static async Task CheckAsync(SimulatedFileSystem files, Dictionary<RecordKey, string?> acknowledged, (RecordKey Key, string? Value)? inFlight, string when)
    {
        using var store = Open(files);
        foreach (var key in new[] { Order, Account, Old, New })
        {
            var record = await store.ReadAsync(key, default);
            Assert.True(record?.Error is null, $"{when}: {record?.Error}");

            var found = record is null ? null : Encoding.UTF8.GetString(record.Content.Find("value")!.Value.Span);
            if (record is not null) Assert.Equal(RecordFile.VersionOf(Content(found!)), record.Version);
            var before = acknowledged.GetValueOrDefault(key);
            var mayBeNew = inFlight is { } change && change.Key == key && change.Value == found;
            Assert.True(found == before || mayBeNew, $"{when}: {key} is '{found}', it was '{before}', in flight was {inFlight}");
        }

        foreach (var kind in Enum.GetValues<RecordKind>())
        {
            await foreach (var record in store.ListAsync(kind, null, default)) Assert.True(record.Error is null, $"{when}: {record.Error}");
        }

        var link = files.Find("/state/certs/shop.test");
        if (link is not null) Assert.True(files.Find("/state/certs/" + link.LinkTarget) is not null, $"{when}: the link dangles");
        Assert.Empty(files.List("/state/tmp"));
    }

    private static StateDirectoryStore Open(IFileSystem files) =>
        new(new StateDirectoryOptions("/state", null), TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, files);

    private static RecordContent Content(string value) => new(
    [
        new RecordPart("privkey", Encoding.UTF8.GetBytes($"key of {value}"), Secret: true),
        new RecordPart("fullchain", Encoding.UTF8.GetBytes($"chain of {value}")),
        new RecordPart("value", Encoding.UTF8.GetBytes(value)),
    ]);
}
