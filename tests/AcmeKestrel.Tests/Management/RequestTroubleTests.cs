using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Management;

/// <summary>The process that has the state meets a store that is full, or whose answers are lost, while it does what others ask.</summary>
public sealed class RequestTroubleTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly RecordedLog _log = new();
    private readonly TestStore _store;
    private readonly FlakyStore _flaky;
    private readonly RequestBook _book;
    private Task _work = Task.CompletedTask;

    public RequestTroubleTests() => (_flaky, _book) = (new FlakyStore(_store = new TestStore(_time)), new RequestBook(_store, _time));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    /// <summary>What the log says of them.</summary>
    private int Troubles
    {
        get
        {
            lock (_log.Lines) return _log.Lines.Count(line => line.StartsWith("671 ", StringComparison.Ordinal));
        }
    }

    /// <summary>It was taken up, and then the disk was full for minutes.</summary>
    [Fact]
    public async Task An_outcome_is_written_when_there_is_room_again()
    {
        await using var edge = await StartAsync();
        var writes = 0;
        _flaky.Writing = key => key.Kind == RecordKind.Request && ++writes > 1 ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;
        Work(edge);
        var asked = _book.AskAsync(_book.Word(RequestVerb.Forget, "shop.test"), _stop.Token);
        await PassUntilAsync(edge, () => writes > 1);

        await PassAsync(edge, TimeSpan.FromMinutes(5));
        Assert.False(asked.IsCompleted);
        _flaky.Writing = _ => Task.CompletedTask;
        await PassUntilAsync(edge, () => asked.IsCompleted);

        Assert.True((await asked).WasWished);
        Assert.Equal(1, Troubles);
        Assert.Empty(_store.All(RecordKind.Request));
    }

    /// <summary>The feed ends meanwhile, and all is begun anew: done twice it would be told that there was nothing to forget.</summary>
    [Fact]
    public async Task What_was_done_and_could_not_be_said_is_not_done_once_more()
    {
        await using var edge = await StartAsync();
        var writes = 0;
        _flaky.Writing = key => key.Kind == RecordKind.Request && ++writes > 1 ? throw new StoreUnavailableException("the disk is full") : Task.CompletedTask;
        using (var run = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token))
        {
            Work(edge, run.Token);
            var key = await _book.PutAsync(_book.Word(RequestVerb.Forget, "shop.test"), _stop.Token);
            await PassUntilAsync(edge, () => writes > 1);
            await run.CancelAsync();
            await PassUntilAsync(edge, () => _work.IsCompleted);
            _flaky.Writing = _ => Task.CompletedTask;
            Work(edge);
            var asked = _book.AwaitAsync(key, _stop.Token);
            await PassUntilAsync(edge, () => asked.IsCompleted);

            Assert.True((await asked).WasWished);
        }
    }

    /// <summary>Who had taken it up is gone, nobody has the state, and whoever asked could not read it if he had: he would wait for ever.</summary>
    [Fact]
    public async Task Whoever_is_refused_the_state_waits_for_nobody_in_it()
    {
        await using var edge = await StartAsync();
        var begun = _book.Word(RequestVerb.Forget, "shop.test") with { Begun = new RequestBeginning(_time.GetUtcNow()) };
        var asked = new RequestBook(new RefusingStore(_store), _time).AskAsync(begun, _stop.Token);

        await PassUntilAsync(edge, () => asked.IsCompleted);

        Assert.Contains("cannot be seen: other keys", (await Assert.ThrowsAsync<StoreUnavailableException>(() => asked)).Message, StringComparison.Ordinal);
    }

    /// <summary>It is written, and its change was told before the answer was lost: nothing would tell of it again.</summary>
    [Fact]
    public async Task A_request_whose_taking_up_was_not_answered_is_looked_at_again()
    {
        await using var edge = await StartAsync();
        var (answer, first) = (new TaskCompletionSource(), true);
        var last = default(RecordKey);
        _flaky.Writing = key =>
        {
            last = key;
            return Task.CompletedTask;
        };
        _flaky.Written = () =>
        {
            if (last.Kind != RecordKind.Request || !first) return Task.CompletedTask;

            first = false;
            return answer.Task;
        };
        Work(edge);
        var lost = _book.AskAsync(_book.Word(RequestVerb.Forget, "shop.test"), _stop.Token);
        await PassUntilAsync(edge, () => !first);

        // Changes come in order: whoever has done the second one has seen that the first one was taken up.
        var second = _book.AskAsync(_book.Word(RequestVerb.Forget, "nobody.test"), _stop.Token);
        await PassUntilAsync(edge, () => second.IsCompleted);
        answer.SetException(new StoreUnavailableException("the connection is gone"));
        await PassUntilAsync(edge, () => lost.IsCompleted);

        Assert.True((await lost).WasWished);
    }

    [Fact]
    public async Task An_outcome_that_nobody_fetches_goes_after_an_hour()
    {
        await using var edge = await StartAsync();
        Work(edge);
        await _book.PutAsync(_book.Word(RequestVerb.Forget, "shop.test"), _stop.Token);
        await PassUntilAsync(edge, () => _store.All(RecordKind.Request) is [var record] && RequestRecord.Read(record).Outcome is not null);

        await PassAsync(edge, TimeSpan.FromMinutes(59));
        Assert.Single(_store.All(RecordKind.Request));
        await PassUntilAsync(edge, () => _store.All(RecordKind.Request).Count == 0);
    }

    /// <summary>What comes while somebody looks is new, whatever the clock of whoever asks says.</summary>
    [Fact]
    public async Task A_request_from_a_machine_whose_clock_is_behind_is_done()
    {
        await using var edge = await StartAsync();
        Work(edge);
        await PassAsync(edge, TimeSpan.FromSeconds(1));

        var asked = AskFromBehindAsync();
        await PassUntilAsync(edge, () => asked.IsCompleted);

        Assert.True((await asked).WasWished);
    }

    [Fact]
    public async Task Such_a_request_is_done_also_when_it_comes_while_the_feed_is_away()
    {
        await using var edge = await StartAsync();
        using var run = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        Work(edge, run.Token);
        await PassAsync(edge, TimeSpan.FromSeconds(1));
        await run.CancelAsync();
        await PassUntilAsync(edge, () => _work.IsCompleted);

        var asked = AskFromBehindAsync();
        Work(edge);
        await PassUntilAsync(edge, () => asked.IsCompleted);

        Assert.True((await asked).WasWished);
    }

    [Fact]
    public async Task Such_a_request_is_done_also_when_it_comes_before_all_that_was_there_is_listed()
    {
        await using var edge = await StartAsync();
        var (isWatched, asked) = (false, default(Task<RequestOutcome>));
        _flaky.Watching = () =>
        {
            isWatched = true;
            return Task.CompletedTask;
        };
        _flaky.Listing = kind =>
        {
            if (isWatched && kind == RecordKind.Request) asked ??= AskFromBehindAsync();
            return Task.CompletedTask;
        };

        Work(edge);
        await PassUntilAsync(edge, () => asked is { IsCompleted: true });

        Assert.True((await asked!).WasWished);
    }

    /// <summary>Whoever asked was killed while nobody had the state: what he wanted then is not done the next day.</summary>
    [Theory]
    [InlineData(59, true)]
    [InlineData(61, false)]
    public async Task A_request_that_is_found_is_done_unless_it_is_older_than_an_hour(int minutes, bool isDone)
    {
        await using var edge = await StartAsync();
        await _book.PutAsync(_book.Word(RequestVerb.Forget, "shop.test"), _stop.Token);
        _time.Advance(TimeSpan.FromMinutes(minutes));

        Work(edge);

        await PassUntilAsync(edge, () => isDone ? _store.All(RecordKind.Request) is [var record] && RequestRecord.Read(record).Outcome is not null : _store.All(RecordKind.Request).Count == 0);
        Assert.Equal(isDone, _store.All(RecordKind.Wish).Count == 0);
    }

    /// <summary>It stays for whoever wants to see it, and is told once.</summary>
    [Fact]
    public async Task A_damaged_one_is_told_once()
    {
        await _store.WriteAsync(new StoreWrite(RequestRecord.NewKey(_time.GetUtcNow()), new RecordContent([new RecordPart("request.json", "{"u8.ToArray())])), _stop.Token);
        await using var edge = await StartAsync();
        Work(edge);

        await PassAsync(edge, TimeSpan.FromMinutes(45));

        Assert.Equal(1, Troubles);
        Assert.Single(_store.All(RecordKind.Request));
    }

    /// <summary>With a wish that can be forgotten.</summary>
    private async Task<Edge> StartAsync()
    {
        var edge = await Edge.StartAsync(_time, new Lifecycle.TestCa(_time), new TestSettings(), _flaky, [], log: _log);
        var wishes = edge.Get<IEnumerable<IRecordedWishes>>().OfType<RunTimeWishes>().Single();
        await wishes.PutAsync(edge.Session, "shop.test", new AcmeCertificateRequest(["shop.test"]), _stop.Token);
        return edge;
    }

    /// <summary>On a machine whose clock is three hours behind.</summary>
    private Task<RequestOutcome> AskFromBehindAsync() => _book.AskAsync(_book.Word(RequestVerb.Forget, "shop.test") with { At = _time.GetUtcNow() - TimeSpan.FromHours(3) }, _stop.Token);

    private void Work(Edge edge, CancellationToken? run = null) => _work = edge.Get<IEnumerable<IStateDuty>>().OfType<RequestDesk>().Single().RunAsync(edge.Session, run ?? _stop.Token);

    private async Task PassAsync(Edge edge, TimeSpan time)
    {
        for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;) await StepAsync(edge);
    }

    private Task PassUntilAsync(Edge edge, Func<bool> hasCome) => Eventually.TrueAsync(async () =>
    {
        if (hasCome()) return true;
        await StepAsync(edge);
        return false;
    });

    private async Task StepAsync(Edge edge)
    {
        await edge.PassTimeAsync(_time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await Task.Yield();
    }

    private sealed class RefusingStore(IAcmeStore inner) : DelegatingStore(inner)
    {
        public override ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken) => throw new StoreUnavailableException("other keys") { IsRefusal = true };
    }
}
