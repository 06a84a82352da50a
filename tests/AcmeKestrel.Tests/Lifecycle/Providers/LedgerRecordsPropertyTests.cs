using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Providers;
using AcmeKestrel.Storage;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle.Providers;

/// <summary>
/// Whatever is spent, credited, renamed or learned, whichever way clocks go, and whichever writes fail, or are only said to: after each write, which is where a kill may come, the records say what the ledger was then, and when
/// a debit has been answered for it is among that.
/// </summary>
public sealed class LedgerRecordsPropertyTests
{
    /// <summary>So many that there are two levels.</summary>
    private const int Many = 1200;

    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Int[0, 15], Gen.Int[0, 2000], Gen.Int[1, 80], Gen.Int[0, 9], (kind, at, count, failure) => new Step(kind, at, count, failure)).Array[20, 60];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_kill_after_any_write_loses_nothing() => Steps.SampleAsync(
        async steps =>
        {
            var store = new LyingStore();
            var scene = await LedgerScene.StartAsync(store);
            var ledger = await scene.OpenAsync();
            var written = LedgerState.Empty;
            store.Written = async () =>
            {
                written = ledger.Snapshot;
                Assert.True(LedgerScene.IsSame(written, await scene.ReadAsync()));
            };
            await ledger.SpendAsync(LedgerScene.Costs(0, Many), Token);

            foreach (var step in steps)
            {
                store.Failure = step.Failure;
                try
                {
                    if (step.Kind == 15) ledger = await scene.OpenAsync(Enumerable.Range(0, 40).Select(Order));
                    else if (await ActAsync(scene, ledger, step)) Assert.Same(written, ledger.Snapshot);
                }
                catch (StoreUnavailableException)
                {
                }
            }

            Assert.True(LedgerScene.IsSame(written, await scene.ReadAsync()));
        },
        iter: 60);

    /// <returns>Whether it always writes.</returns>
    private static async Task<bool> ActAsync(LedgerScene scene, ProviderLedger ledger, Step step)
    {
        var (kind, at, count, _) = step;
        switch (kind)
        {
            case 0 or 1 or 2:
                return await ledger.SpendAsync(LedgerScene.Costs(at, count), Token) is null;
            case 3:
                return await ledger.SpendAsync(LedgerScene.Costs(at, count, $"failed|{Account(at).Email}|"), Token) is null;
            case 4:
                return await ledger.SpendAsync(LedgerScene.Costs(at, 20 * count), Token) is null;
            case 5 or 6:
                await ledger.ReserveAsync(LedgerTag.Certificate(Order(at % 40)), LedgerScene.Costs(at, count), Token);
                return false;
            case 7 or 8:
                await ledger.SettleAsync(LedgerTag.Certificate(Order(at % 40)), count % 2 == 0, Token);
                return false;
            case 9:
                await ledger.LearnAsync(at % 2 == 0 ? "http-01" : "tls-alpn-01", count % 3 > 0, Token);
                return false;
            case 10:
                await ledger.Circuit.FailedAsync("it sleeps", TimeSpan.FromHours(count), null, isUrgent: false, Token);
                return false;
            case 11:
                await (at % 2 == 0 ? ledger.MoveAsync(Account(at), Account(at + 1), Token) : ledger.CopyAsync(Account(at), Account(at + 1), Token));
                return true;
            case 12:
                scene.Time.Advance(TimeSpan.FromMinutes(count));
                return false;
            case 13:
                scene.Time.Advance(TimeSpan.FromHours(4 * count));
                return false;
            default:
                scene.Time.AdjustTime(scene.Time.GetUtcNow() - TimeSpan.FromHours(count));
                ledger.Look(LedgerScene.Provider.Limits);
                return false;
        }
    }

    private static string Order(int number) => $"order{number}";

    private static AccountName Account(int number) => AccountName.Of(LedgerScene.Provider, $"ops{number % 3}@example.test");

    private readonly record struct Step(int Kind, int At, int Count, int Failure);

    /// <summary>Fails before or after it has written.</summary>
    private sealed class LyingStore() : DelegatingStore(new MemoryStore())
    {
        /// <summary>0: nothing is written; 1: it is, and said not to be.</summary>
        public int Failure { get; set; } = 9;

        public Func<Task> Written { get; set; } = () => Task.CompletedTask;

        public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
        {
            if (Failure == 0) throw new StoreUnavailableException("The disk is full.");

            var version = await base.WriteAsync(write, cancellationToken);
            await Written();
            return Failure == 1 ? throw new StoreUnavailableException("No answer came.") : version;
        }
    }
}
