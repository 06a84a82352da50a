using System.Globalization;
using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>Two stores on one folder are to each other what two processes are: kernel locks belong to whoever opened the file.</summary>
public sealed class StateDirectoryProcessTests : IDisposable
{
    private static readonly RecordKey Wish = new(RecordKind.Wish, "shop.test");
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/dir/thumbprint");
    private readonly FakeTimeProvider _time = new();
    private readonly StateFolder _state;

    public StateDirectoryProcessTests() => _state = new StateFolder(_time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _state.Dispose();

    [Fact]
    public async Task Compare_and_set_holds_between_processes()
    {
        const int Rounds = 40;
        StateDirectoryStore[] processes = [_state.Open(), _state.Open()];
        await processes[0].WriteAsync(Wish, Content(0), null, null, Cancel);

        var won = await Task.WhenAll(processes.Select(store => Task.Run(
            async () =>
            {
                var wins = 0;
                for (var round = 0; round < Rounds; round++)
                {
                    var found = (await store.ReadAsync(Wish, Cancel))!;
                    try
                    {
                        await store.WriteAsync(Wish, Content(Number(found) + 1), found.Version, null, Cancel);
                        wins++;
                    }
                    catch (StoreConflictException)
                    {
                    }
                }

                return wins;
            },
            Cancel)));

        Assert.Equal(won.Sum(), Number((await processes[0].ReadAsync(Wish, Cancel))!));
    }

    [Fact]
    public async Task A_write_that_was_checked_under_a_lease_is_done_before_the_next_one_is_given()
    {
        var files = new HookedFiles(LocalFileSystem.Below(_state.Path));
        var others = new HookedFiles(LocalFileSystem.Below(_state.Path));
        var one = _state.Open(files: files);
        var two = _state.Open(files: others);
        var lease = (await one.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;
        await two.ReadAsync(Wish, Cancel);
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var wasWritten = false;
        Task<IStoreLease?> next = Task.FromResult<IStoreLease?>(null);
        others.OnHeld = () => waits.TrySetResult();
        others.BeforeCreateFile = _ => wasWritten = File.Exists(_state["wishes/shop.test.json"]);
        files.BeforeCreateFile = _ =>
        {
            _time.Advance(TimeSpan.FromMinutes(2));
            next = Task.Run(() => two.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel).AsTask(), Cancel);
            Task.WaitAny([next, waits.Task], Cancel);
            files.BeforeCreateFile = null;
        };

        await one.WriteAsync(Wish, Content(1), null, lease.Fence, Cancel);

        Assert.True((await next)!.Fence.Token > lease.Fence.Token);
        Assert.True(wasWritten);
        await Assert.ThrowsAsync<StoreConflictException>(() => one.WriteAsync(Wish, Content(2), null, lease.Fence, Cancel).AsTask());
    }

    [Fact]
    public async Task A_lapsed_lease_lets_go_of_its_lock_after_the_clock_was_set_back()
    {
        var one = _state.Open();
        var two = _state.Open();
        var lease = (await one.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel))!;

        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromDays(1));
        _time.Advance(TimeSpan.FromMinutes(2));

        Assert.NotNull(await two.TryLeaseAsync("state", "worker", TimeSpan.FromMinutes(1), Cancel));
        Assert.False(await lease.RenewAsync(TimeSpan.FromMinutes(1), Cancel));
    }

    [Fact]
    public async Task A_record_that_goes_while_it_is_looked_at_is_gone_and_not_damaged()
    {
        const int Rounds = 150;
        var one = _state.Open();
        var two = _state.Open();
        await two.ReadAsync(Account, Cancel);
        using var done = new CancellationTokenSource();
        var reader = Task.Run(
            async () =>
            {
                while (!done.IsCancellationRequested) Assert.Null((await two.ReadAsync(Account, Cancel))?.Error);
            },
            Cancel);

        for (var round = 0; round < Rounds && !reader.IsCompleted; round++)
        {
            var version = await one.WriteAsync(Account, Content(round), null, null, Cancel);
            await one.DeleteAsync(Account, version, null, Cancel);
        }

        await done.CancelAsync();
        await reader;
    }

    [Fact]
    public async Task Where_folders_cannot_be_exchanged_a_reader_finds_the_record_all_the_same()
    {
        var files = new HookedFiles(LocalFileSystem.Below(_state.Path)) { CanExchange = false };
        var one = _state.Open(files: files);
        var two = _state.Open();
        await one.WriteAsync(Account, Content(1), null, null, Cancel);
        var seen = new List<int?>();
        files.AfterRename = () =>
        {
            seen.Add(two.ReadAsync(Account, Cancel).AsTask().GetAwaiter().GetResult() is { Error: null } record ? Number(record) : null);
            seen.Add(ListAsync(two, RecordKind.Account).GetAwaiter().GetResult() is [{ Error: null } listed] ? Number(listed) : null);
        };

        await one.WriteAsync(Account, Content(2), null, null, Cancel);

        Assert.Equal([1, 1, 2, 2], seen);
    }

    private static RecordContent Content(int number) => new([new RecordPart("privkey", Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), secret: true)]);

    private static int Number(StoreRecord record) => int.Parse(Encoding.ASCII.GetString(record.Content.Find("privkey")!.Value.Span), CultureInfo.InvariantCulture);

    private static async Task<List<StoreRecord>> ListAsync(StateDirectoryStore store, RecordKind kind)
    {
        var records = new List<StoreRecord>();
        await foreach (var record in store.ListAsync(kind, null, Cancel)) records.Add(record);
        return records;
    }
}
