using AcmeKestrel.Management.Requests;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Management;

/// <summary>Whoever asks reaches the store no more for a moment, and the one that is asked does: asked once more it would be done twice.</summary>
public sealed class RequestAskerTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 29, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly FlakyStore _flaky;
    private readonly RequestBook _book;

    public RequestAskerTests() => _book = new RequestBook(_flaky = new FlakyStore(_store = new TestStore(_time)), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_look_that_fails_ends_no_waiting()
    {
        var asked = AskAsync();
        await DoAsync(request => request with { Begun = new RequestBeginning(_time.GetUtcNow()) });
        _flaky.Reading = Away;
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.False(asked.IsCompleted);

        await DoAsync(request => request with { Outcome = new RequestOutcome(_time.GetUtcNow()) { WasWished = true } });
        _flaky.Reading = _ => Task.CompletedTask;

        Assert.True((await EndAsync(asked)).WasWished);
        Assert.Empty(_store.All(RecordKind.Request));
    }

    [Fact]
    public async Task A_store_that_stays_away_ends_it_and_that_it_may_be_done_is_said()
    {
        var asked = AskAsync();
        _flaky.Reading = Away;

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => EndAsync(asked));

        Assert.Contains("may be done", refused.Message, StringComparison.Ordinal);
        Assert.Contains("away", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Whoever has the state had no time for it either.</summary>
    [Fact]
    public async Task What_nobody_could_take_up_meanwhile_is_not_withdrawn_at_once()
    {
        var asked = AskAsync();
        _flaky.Reading = Away;
        await PassAsync(TimeSpan.FromSeconds(29));
        _flaky.Reading = _ => Task.CompletedTask;
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Single(_store.All(RecordKind.Request));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => EndAsync(asked));

        Assert.Contains("withdrawn", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_store.All(RecordKind.Request));
    }

    [Fact]
    public async Task A_request_that_was_written_and_not_answered_for_is_waited_for_all_the_same()
    {
        var isFirst = true;
        _flaky.Written = () =>
        {
            if (!isFirst) return Task.CompletedTask;

            (isFirst, _flaky.Reading) = (false, Away);
            throw new StoreUnavailableException("the connection is gone");
        };
        var asked = AskAsync();
        await PassAsync(TimeSpan.FromSeconds(2));
        Assert.False(asked.IsCompleted);

        _flaky.Reading = _ => Task.CompletedTask;
        await DoAsync(request => request with { Outcome = new RequestOutcome(_time.GetUtcNow()) { WasWished = true } });

        Assert.True((await EndAsync(asked)).WasWished);
    }

    [Fact]
    public async Task One_that_was_not_written_is_refused_at_once()
    {
        _flaky.Writing = _ => throw new StoreUnavailableException("the disk is full");

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => AskAsync().WaitAsync(TimeSpan.FromSeconds(30), Token));

        Assert.Equal("the disk is full", refused.Message);
    }

    private static Task Away(RecordKey key) => throw new StoreUnavailableException("away");

    private Task<RequestOutcome> AskAsync() => _book.AskAsync(_book.Word(RequestVerb.Forget, "shop.test"), Token);

    /// <summary>As the process does that has the state.</summary>
    private async Task DoAsync(Func<StoredRequest, StoredRequest> change)
    {
        var record = Assert.Single(_store.All(RecordKind.Request));
        await _store.WriteAsync(new StoreWrite(record.Key, RequestRecord.Write(change(RequestRecord.Read(record)))), Token);
    }

    /// <summary>On a thread of its own, where what waits for the clock goes on inside the step that lets it.</summary>
    private Task PassAsync(TimeSpan time) => Task.Run(
        () =>
        {
            for (var end = _time.GetUtcNow() + time; _time.GetUtcNow() < end;) _time.Advance(TimeSpan.FromMilliseconds(250));
        },
        Token);

    private async Task<RequestOutcome> EndAsync(Task<RequestOutcome> asked)
    {
        await Eventually.TrueAsync(async () =>
        {
            if (asked.IsCompleted) return true;
            await PassAsync(TimeSpan.FromSeconds(1));
            return false;
        });
        return await asked;
    }
}
