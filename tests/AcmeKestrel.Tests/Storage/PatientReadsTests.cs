using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using AcmeKestrel.Storage.Files.Blocking;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A list that ends is whole, and only the disk's time counts.</summary>
public sealed class PatientReadsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly StateFolder _state = new(TimeProvider.System);
    private readonly HookedFiles _files;
    private readonly StateDirectoryStore _store;
    private int _looks;

    public PatientReadsTests()
    {
        _files = new HookedFiles(LocalFileSystem.Below(_state.Path));
        _store = new StateDirectoryStore(new StateDirectoryOptions(_state.Path, null) { ReadPatience = TimeSpan.FromMinutes(5) }, TimeProvider.System, NullLogger<StateDirectoryStore>.Instance, new UnsyncedFiles(_files));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _state.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    [InlineData(40)]
    public async Task A_list_that_lacks_handles_is_no_shorter_list(int atLook)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other numbers.");
        await WriteAsync(RecordKind.Order, 40);
        LackHandles("orders", atLook);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => CountAsync(_store.ListAsync(new StoreQuery(RecordKind.Order), Cancel)));
        Assert.Equal(atLook, _looks);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(601)]
    public async Task Nor_is_a_list_of_heads_without_an_index(int atLook)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has other numbers.");
        await WriteAsync(RecordKind.Certificate, 400);
        File.Delete(_state["index/certs"]);
        LackHandles("certs", atLook);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => CountAsync(_store.ListHeadsAsync(new StoreHeadQuery(RecordKind.Certificate, "meta.json"), Cancel)));
    }

    [Fact]
    public async Task A_list_that_is_cancelled_in_its_middle_says_so()
    {
        await WriteAsync(RecordKind.Order, 40);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        _files.BeforeLook = _ =>
        {
            if (Interlocked.Increment(ref _looks) == 20) cancellation.Cancel();
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CountAsync(_store.ListAsync(new StoreQuery(RecordKind.Order), cancellation.Token)));
    }

    [Fact]
    public async Task What_waits_for_a_thread_does_not_hang()
    {
        using var work = new FileWork(_state.Path);
        using var mended = new ManualResetEventSlim();
        var (time, isBegun) = (new FakeTimeProvider(), false);
        var busy = Enumerable.Range(0, Math.Max(4, Environment.ProcessorCount)).Select(_ => work.RunAsync(Wait, Cancel)).ToList();

        var reading = new PatientReads(work, Patience, time).ReadAsync(
            new RecordPlace(new RecordKey(RecordKind.Order, "one"), _state["orders/one"]),
            () =>
            {
                Volatile.Write(ref isBegun, true);
                return "read";
            },
            _ => "late",
            Cancel);
        time.Advance(2 * Patience);
        var mayBeLate = Volatile.Read(ref isBegun);
        mended.Set();

        Assert.True(await reading == "read" || mayBeLate);
        await Task.WhenAll(busy);

        bool Wait()
        {
            mended.Wait();
            return true;
        }
    }

    private static async Task<int> CountAsync<T>(IAsyncEnumerable<T> list)
    {
        var count = 0;
        await foreach (var _ in list) count++;
        return count;
    }

    /// <summary>EMFILE, once. Of a head the odd looks are whether it is there; where one of the others fails it is told without what it holds.</summary>
    private void LackHandles(string folder, int atLook) => _files.BeforeLook = path =>
    {
        if (path.StartsWith(_state[folder] + Path.DirectorySeparatorChar, StringComparison.Ordinal) && Interlocked.Increment(ref _looks) == atLook) throw new IOException("Too many open files", 24);
    };

    private async Task WriteAsync(RecordKind kind, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var name = kind == RecordKind.Certificate ? $"n{number:000}.test@20260101T000000Z-00000001" : $"n{number:000}";
            await _store.WriteAsync(new StoreWrite(new RecordKey(kind, name), new RecordContent([new RecordPart("meta.json", "{}"u8.ToArray())])), Cancel);
        }
    }
}
