using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using CsCheck;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Whoever follows the changes and keeps the last of each label has what a list says, however slowly he reads and whenever he began.</summary>
public sealed class StatusWatchTests
{
    private const string End = "end.test";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly Gen<Step[]> Steps = Gen.Select(Gen.Enum<StepKind>(), Gen.Int[0, 3], Gen.Int[0, 3], (kind, label, number) => new Step(kind, label, number)).Array[0, 60];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_any_changes_a_reader_knows_what_a_list_says() => await Steps.SampleAsync(async steps =>
    {
        var (publisher, readers) = (new Edge.Publications(), new List<Reader>());
        var board = new StatusBoard(publisher);
        readers.Add(new Reader(board));
        foreach (var step in steps)
        {
            if (step.Kind is StepKind.Begin) readers.Add(new Reader(board));
            else if (step.Kind is StepKind.Read) await readers[step.Label % readers.Count].ReadWhatIsThereAsync(step.Number);
            else Do(board, publisher, step, $"n{step.Label}.test");
        }

        TellTheEnd(board);
        foreach (var reader in readers)
        {
            await reader.ReadUntilTheEndAsync();
            Assert.Equal(Told(board), reader.Known);
            await reader.DisposeAsync();
        }
    }, iter: 2000);

    [Fact]
    public async Task Those_who_read_while_others_write_miss_nothing_either()
    {
        var (publisher, kinds) = (new Edge.Publications(), new[] { StepKind.Wish, StepKind.Decide, StepKind.Drop, StepKind.Rest, StepKind.LookAgain, StepKind.Reach });
        var board = new StatusBoard(publisher);
        var (readers, begin) = (new List<Task<Reader>>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        for (var reader = 0; reader < 6; reader++) readers.Add(ReadAsync(late: reader % 2 == 0));
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(
            () =>
            {
                var random = new Random(writer);
                for (var step = 0; step < 2000; step++)
                {
                    if (step == 500) begin.TrySetResult();
                    Do(board, publisher, new Step(kinds[random.Next(kinds.Length)], writer, random.Next(4)), $"w{writer}n{random.Next(5)}.test");
                }
            },
            Token));

        await Task.WhenAll(writers);
        TellTheEnd(board);

        foreach (var reader in await Task.WhenAll(readers).WaitAsync(3 * Deadline, Token))
        {
            Assert.Equal(Told(board), reader.Known);
            await reader.DisposeAsync();
        }

        async Task<Reader> ReadAsync(bool late)
        {
            // Half of them begin while there is much ado.
            await Task.Yield();
            if (late) await begin.Task;
            var reader = new Reader(board);
            await reader.ReadUntilTheEndAsync();
            return reader;
        }
    }

    [Fact]
    public async Task A_label_that_went_and_came_back_between_two_reads_is_told_as_it_is()
    {
        var board = new StatusBoard(new Edge.Publications());
        Wish(board, "shop.test", Wishes.Of("shop.test"));
        await using var reader = new Reader(board);
        await reader.ReadWhatIsThereAsync(1);

        Rest(board, "shop.test");
        Wish(board, "shop.test", Wishes.Of("shop.test", ["shop.test", "www.shop.test"]));
        TellTheEnd(board);
        await reader.ReadUntilTheEndAsync();

        Assert.Equal(2, board.Find("shop.test")!.Names.Count);
        Assert.Equal(Told(board), reader.Known);
    }

    [Fact]
    public async Task Whether_visitors_are_shown_anything_is_a_change_of_every_status()
    {
        var publisher = new Edge.Publications();
        var board = new StatusBoard(publisher);
        var wish = Wishes.Of("shop.test");
        board.ChangeWishes([new WishChange("shop.test", null, wish)], fresh => (new LabelView(fresh.Label, fresh, null, Schedule.Empty), IsQuiet: true), [], board.Changes);
        await using var reader = new Reader(board);
        await reader.ReadAsync();
        Assert.Equal("Served  shop.test", reader.Known["shop.test"]);

        publisher.Unreachable = "the endpoint chooses by itself";
        await reader.ReadAsync();
        Assert.Equal("Held the endpoint chooses by itself shop.test", reader.Known["shop.test"]);

        publisher.Unreachable = null;
        await reader.ReadAsync();
        Assert.Equal("Served  shop.test", reader.Known["shop.test"]);
    }

    private static void Do(StatusBoard board, Edge.Publications publisher, Step step, string label)
    {
        switch (step.Kind)
        {
            case StepKind.Wish:
                Wish(board, label, Wishes.Of(label, [.. Enumerable.Range(0, step.Number + 1).Select(number => $"x{number}.{label}")]));
                break;

            case StepKind.Decide when board.Find(label) is not null:
                board.On(new LabelEvent.Decided(View(Wishes.Of(label)), new Decision.Wait(new Obstacle(ObstacleKind.Idle, $"reason {step.Number}")), IsNews: false));
                break;

            case StepKind.Drop:
                board.ChangeWishes([new WishChange(label, null, null)], Fresh, [], board.Changes);
                break;

            case StepKind.Rest:
                Rest(board, label);
                break;

            case StepKind.Problems:
                board.ChangeWishes([], Fresh, [.. Enumerable.Range(0, step.Number).Select(number => new DesiredProblem($"Acme:Domains:{number}", $"is wrong {step.Label}"))], board.Changes);
                break;

            case StepKind.LookAgain:
                board.LookAgain([label]);
                break;

            case StepKind.Reach:
                publisher.Unreachable = step.Number == 0 ? null : $"nobody {step.Number}";
                break;

            default:
                break;
        }
    }

    /// <summary>The last change of all.</summary>
    private static void TellTheEnd(StatusBoard board) =>
        board.On(new LabelEvent.Decided(View(Wishes.Of(End)), new Decision.Wait(new Obstacle(ObstacleKind.Idle, "the end")), IsNews: false));

    private static void Wish(StatusBoard board, string label, Wish wish) => board.ChangeWishes([new WishChange(label, null, wish)], Fresh, [], board.Changes);

    /// <summary>It is wished no more, and nothing is to be done for it: its status goes.</summary>
    private static void Rest(StatusBoard board, string label) => board.On(new LabelEvent.Decided(new LabelView(label, null, null, Schedule.Empty), new Decision.Rest(), IsNews: false));

    private static LabelView View(Wish wish) => new(wish.Label, wish, null, Schedule.Empty);

    private static (LabelView Label, bool IsQuiet) Fresh(Wish wish) => (View(wish), wish.Required.Count % 2 == 0);

    private static Dictionary<string, string> Told(StatusBoard board) => board.List().ToDictionary(status => status.Label, Told);

    private static string Told(AcmeCertificateStatus status) => $"{status.State} {status.Reason} {string.Join(' ', status.Names)}";

    private enum StepKind
    {
        Wish,
        Decide,
        Drop,
        Rest,
        Problems,
        LookAgain,
        Reach,
        Read,
        Begin,
    }

    private sealed record Step(StepKind Kind, int Label, int Number);

    /// <summary>Keeps the last status of each label.</summary>
    private sealed class Reader : IAsyncDisposable
    {
        private readonly CancellationTokenSource _gone = CancellationTokenSource.CreateLinkedTokenSource(Token);
        private readonly IAsyncEnumerator<AcmeStatusChange> _changes;
        private Task<bool>? _next;

        public Reader(StatusBoard board) => _changes = board.WatchAsync(_gone.Token).GetAsyncEnumerator(Token);

        public Dictionary<string, string> Known { get; } = [];

        public Task ReadAsync()
        {
            _next ??= _changes.MoveNextAsync().AsTask();
            return TakeAsync();
        }

        /// <summary>At most so many; waits for none.</summary>
        public async Task ReadWhatIsThereAsync(int atMost)
        {
            for (var read = 0; read < atMost; read++)
            {
                _next ??= _changes.MoveNextAsync().AsTask();
                if (!_next.IsCompleted) return;

                await TakeAsync();
            }
        }

        /// <summary>Whoever has just begun is told of the end before some of what was there, too: nothing is left when nothing is there.</summary>
        public async Task ReadUntilTheEndAsync()
        {
            while (Known.GetValueOrDefault(End)?.Contains("the end", StringComparison.Ordinal) is not true)
            {
                await ReadAsync();
            }

            await ReadWhatIsThereAsync(int.MaxValue);
        }

        public async ValueTask DisposeAsync()
        {
            await _gone.CancelAsync();
            if (_next is not null) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _next);
            await _changes.DisposeAsync();
            _gone.Dispose();
        }

        private async Task TakeAsync()
        {
            Assert.True(await _next!.WaitAsync(Deadline, Token));
            _next = null;
            var change = _changes.Current;
            if (change.Status is { } status) Known[change.Label] = Told(status);
            else Known.Remove(change.Label);
        }
    }
}
