using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>What programs outside find: the links to a label's certificate and to an account.</summary>
public sealed class StateDirectoryLinkTests : IDisposable
{
    private const string Generation = "20260101T000000Z-0a1b2c3d";
    private static readonly RecordKey Certificate = new(RecordKind.Certificate, $"shop.test@{Generation}");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    private readonly StateFolder _state = new(new FakeTimeProvider());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task A_link_moves_to_nothing_that_does_not_exist()
    {
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        await store.SwitchAsync("shop.test", Generation, Cancel);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SwitchAsync("shop.test", "20270101T000000Z-ffffffff", Cancel).AsTask());
        Assert.Equal($"shop.test@{Generation}", new FileInfo(_state["certs/shop.test"]).LinkTarget);
    }

    [Fact]
    public async Task A_wrong_link_is_mended()
    {
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        Directory.CreateSymbolicLink(_state["certs/shop.test"], "../../elsewhere");

        await store.SwitchAsync("shop.test", Generation, Cancel);

        Assert.Equal($"shop.test@{Generation}", new FileInfo(_state["certs/shop.test"]).LinkTarget);
    }

    [Fact]
    public async Task A_link_whose_label_looks_like_a_generation_hits_no_record()
    {
        var store = _state.Open();
        await WriteAsync(store, Certificate);
        var hostile = $"shop.test@{Generation}";
        await WriteAsync(store, new RecordKey(RecordKind.Certificate, $"{hostile}@{Generation}"));

        await store.SwitchAsync(hostile, Generation, Cancel);

        Assert.Null((await store.ReadAsync(Certificate, Cancel))!.Error);
        Assert.Equal(2, await CountAsync(store, RecordKind.Certificate));
    }

    [Fact]
    public async Task An_account_is_shown_under_its_mail_and_provider()
    {
        var store = _state.Open();
        await WriteAsync(store, Account);
        await store.LinkAsync("ops@example.test", "letsencrypt", Account.Name, Cancel);

        Assert.Equal("../ca.test%2Fdir/NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", new FileInfo(_state["accounts/ops@example.test/letsencrypt"]).LinkTarget);
        Assert.Equal("the key", await File.ReadAllTextAsync(_state["accounts/ops@example.test/letsencrypt/privkey"], Cancel));
        Assert.Equal(1, await CountAsync(store, RecordKind.Account));
    }

    [Fact]
    public async Task A_reader_through_the_link_finds_a_certificate_whenever_it_looks()
    {
        string[] generations = ["20260101T000000Z-00000001", "20260102T000000Z-00000002"];
        var store = _state.Open();
        foreach (var generation in generations) await WriteAsync(store, new RecordKey(RecordKind.Certificate, $"shop.test@{generation}"), generation);
        await store.SwitchAsync("shop.test", generations[0], Cancel);
        using var done = new CancellationTokenSource();
        var link = _state["certs/shop.test/fullchain"];
        var reader = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested) Assert.Contains(File.ReadAllText(link), generations);
            },
            Cancel);

        for (var i = 0; i < 200; i++) await store.SwitchAsync("shop.test", generations[i % 2], Cancel);
        await done.CancelAsync();
        await reader;
    }

    private static Task<RecordVersion> WriteAsync(StateDirectoryStore store, RecordKey key, string chain = "the chain") => store.WriteAsync(
        key, new RecordContent([new RecordPart("fullchain", Encoding.UTF8.GetBytes(chain)), new RecordPart("privkey", "the key"u8.ToArray(), secret: true)]), null, null, Cancel).AsTask();

    private static async Task<int> CountAsync(StateDirectoryStore store, RecordKind kind)
    {
        var count = 0;
        await foreach (var _ in store.ListAsync(kind, null, Cancel)) count++;
        return count;
    }
}
