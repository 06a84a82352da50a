using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A state becomes this process' whole or not at all.</summary>
public sealed class TakeoverTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly MemoryStore _store;
    private readonly FlakyStore _flaky;
    private readonly TestCa _ca;

    public TakeoverTests()
    {
        _store = new MemoryStore(_time);
        _flaky = new FlakyStore(_store);
        _ca = new TestCa(_time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An exception that no store of ours throws: an engine's own.</summary>
    [Fact]
    public async Task Whatever_is_thrown_while_it_is_read_gives_the_lease_back_and_is_tried_again()
    {
        _flaky.Listing = _ => throw new TimeoutException("The engine does not answer.");
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");

        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, _ca.Requests.Count));
        Assert.Contains("The engine does not answer.", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.NotNull(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromSeconds(1), Token));
        _time.Advance(TimeSpan.FromSeconds(2));

        _flaky.Listing = _ => Task.CompletedTask;
        Assert.True(await edge.Get<StateLease>().TryTakeAsync(Token));
        await edge.Get<StateTakeover>().LoadAsync(Token);
        edge.Wake(["shop.test"]);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    /// <summary>It is for an order that is gone, and harms nobody: whoever takes the state next removes it.</summary>
    [Fact]
    public async Task An_answer_that_cannot_be_removed_keeps_nobody_from_the_state()
    {
        var left = new ChallengeAnswer(ChallengeTypes.Http01, AcmeIdentifier.Parse("former.test"), "left", "left.print");
        await _store.WriteAsync(new StoreWrite(StoredAnswers.Key(left.Token), StoredAnswers.Content(left)), Token);
        _flaky.Deleting = key => key == StoredAnswers.Key(left.Token) ? throw new StoreUnavailableException("It may not be removed.") : Task.CompletedTask;
        await using (var edge = await StartAsync()) Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        _flaky.Deleting = _ => Task.CompletedTask;
        await using var next = await StartAsync();
        Assert.Null(await _store.ReadAsync(StoredAnswers.Key(left.Token), Token));
    }

    /// <summary>An engine of its own may give what no reader thought of: that is this record's trouble, and none of the state's.</summary>
    [Theory]
    [InlineData("hook-delivery", "shop.test")]
    [InlineData("dns-leftover", "token")]
    [InlineData("answer", "tls-alpn-01:shop.test")]
    public async Task A_record_whose_reader_breaks_keeps_nobody_from_the_state(string kind, string name)
    {
        var (store, key) = (new TestStore(_time), new RecordKey(new RecordKind(kind), name));
        await store.WriteAsync(new StoreWrite(key, new RecordContent([RecordCodec.Text("part", "of another engine")])), Token);
        store.Shown = record => record.Key == key ? record with { Content = null! } : record;
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), new EngineStore(store), [Wishes.Of("other.test")]);

        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("other.test")).State);
    }

    /// <summary>What an editor's hand leaves is JSON, and not what it was.</summary>
    [Theory]
    [InlineData("[null]")]
    [InlineData("""[{"event":"Issued","since":"2026-11-23T12:00:00Z","to":[null],"generation":"20261123T120000Z-00000000"}]""")]
    public async Task Events_that_were_edited_into_nonsense_keep_nobody_from_the_state(string notices)
    {
        var (store, log) = (new TestStore(_time), new ToldEvents());
        await store.WriteAsync(new StoreWrite(DeliveryRecord.Key("shop.test"), new RecordContent([RecordCodec.Text("owed.json", $$"""{"notices":{{notices}}}""")])), Token);
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), store, [Wishes.Of("other.test")], log: log);

        Assert.Equal((AcmeCertificateState.Served, 1), ((await edge.SettleAsync("other.test")).State, log.Count(621)));
    }

    [Fact]
    public async Task A_load_that_takes_longer_than_a_lease_keeps_it()
    {
        var read = new TaskCompletionSource();
        _flaky.Listing = _ => read.Task;
        var starting = StartAsync();

        // On a thread of its own, where what waits for the clock goes on inside the step that lets it.
        await Task.Run(
            () =>
            {
                for (var second = 0; second < 1000; second++) _time.Advance(TimeSpan.FromSeconds(1));
            },
            Token);

        Assert.Null(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromMinutes(5), Token));
        read.SetResult();
        await using var edge = await starting;
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
    }

    /// <summary>Of a hundred thousand without an index the last comes most of a minute after the first.</summary>
    [Fact]
    public async Task What_is_listed_is_served_while_the_rest_is_still_listed_and_nothing_is_ordered_before_its_end()
    {
        await using var edge = await Edge.StartAsync(_time, _ca, new TestSettings(), _flaky, [Wishes.Of("first", ["first.test", "second.test"])]);
        await edge.SettleAsync("first");
        edge.Published.Current.Clear();
        var rest = new TaskCompletionSource();
        _flaky.Listed = () => rest.Task;
        var reading = edge.Get<StateTakeover>().LoadAsync(Token);

        Assert.Equal(["first.test", "second.test"], Assert.Single(edge.Published.Current).Value.Chain.Identifiers.Select(name => name.Value));

        edge.Wish(Wishes.Of("new.test"));
        edge.Wake(["new.test"]);
        var work = edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, Token);
        Assert.Equal((false, 1), (reading.IsCompleted, _ca.Orders.Count));
        rest.SetResult();
        await reading;
        await work;
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);
    }

    [Theory]
    [InlineData("schedule")]
    [InlineData("order")]
    public async Task What_ails_the_rest_of_the_state_keeps_no_certificate_from_being_served(string kindName)
    {
        var kind = new RecordKind(kindName);
        await using (var first = await StartAsync())
        {
            await first.SettleAsync("shop.test");
            await first.Get<StateLease>().ReleaseAsync();
        }

        _flaky.Listing = listed => listed == kind ? throw new StoreUnavailableException("Permission denied.") : Task.CompletedTask;

        await using var second = await StartAsync();

        Assert.True(second.Published.Current.ContainsKey("shop.test"));
    }

    /// <summary>Its mark stays until all of it was read: a fault between would make it look like a label without an order.</summary>
    [Fact]
    public async Task A_damaged_order_is_not_overwritten_although_looking_at_it_again_fails()
    {
        await _store.WriteAsync(
            new RecordKey(RecordKind.Order, "shop.test"), new RecordContent([new RecordPart("order.json", "damaged"u8.ToArray()), new RecordPart("privkey", "the key"u8.ToArray())]), null, null, Token);
        await using var edge = await StartAsync();
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync("shop.test")).State);

        _flaky.Reading = _ => throw new StoreUnavailableException("The disk is gone for a moment.");
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        _flaky.Reading = _ => Task.CompletedTask;
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal((AcmeCertificateState.Held, 0), (edge.Status("shop.test").State, _ca.Requests.Count));
        Assert.Equal("the key"u8.ToArray(), (await _store.ReadAsync(new RecordKey(RecordKind.Order, "shop.test"), Token))!.Content.Find("privkey")!.Value.ToArray());
    }

    /// <summary>It saw no order, and there is one by the time it goes on.</summary>
    [Fact]
    public async Task Work_that_waited_for_the_ledger_while_another_process_ordered_leaves_that_order_as_it_is()
    {
        await using var edge = await StartAsync();
        var read = new TaskCompletionSource();
        _flaky.Reading = key => key.Kind == RecordKind.Ledger ? read.Task : Task.CompletedTask;
        var work = edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, Token);
        Assert.False(work.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(301));
        var order = await OrderElsewhereAsync();
        Assert.True(await edge.Get<StateLease>().KeepAsync(Token));
        var takeover = edge.Get<StateTakeover>().LoadAsync(Token);
        read.SetResult();
        await work;
        await takeover;

        Assert.Equal(order, await OrderAsync());
        (_ca.ValidationLooks, _ca.Probe) = (0, edge.ProbeAsync);
        edge.Wake(["shop.test"]);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);
        Assert.Single(_ca.Orders);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_load_that_outlives_its_lease_opens_nothing(bool isInFlight)
    {
        if (isInFlight) await OrderElsewhereAsync();
        var asked = (_ca.Requests.Count, _ca.DirectoryLooks);
        var read = new TaskCompletionSource();
        _flaky.Listing = _ => read.Task;
        _flaky.Renewing = () => throw new TimeoutException("The engine does not answer.");
        var starting = StartAsync();
        await Task.Run(
            () =>
            {
                for (var second = 0; second < 301; second++) _time.Advance(TimeSpan.FromSeconds(1));
            },
            Token);

        Assert.NotNull(await _store.TryLeaseAsync("state", "another process", TimeSpan.FromHours(1), Token));
        read.SetResult();
        await using var edge = await starting;

        // Without the harness, whose heart would beat first.
        while (await edge.Get<Dispatcher>().RunNextAsync(edge.Get<LabelRunner>().RunAsync, Token)) continue;

        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Equal(asked, (_ca.Requests.Count, _ca.DirectoryLooks));
    }

    /// <summary>Another process takes the state, begins an order and is gone; the order as it left it.</summary>
    private async Task<string> OrderElsewhereAsync()
    {
        _ca.ValidationLooks = 1000;
        await using (var other = await Edge.StartAsync(_time, _ca, new TestSettings(), _store, [Wishes.Of("shop.test")])) await other.RunAsync(TimeSpan.FromSeconds(3));
        return await OrderAsync();
    }

    private async Task<string> OrderAsync()
    {
        var record = await _store.ReadAsync(new RecordKey(RecordKind.Order, "shop.test"), Token);
        return string.Join('\n', record!.Content.Parts.Select(part => System.Text.Encoding.UTF8.GetString(part.Bytes.Span)));
    }

    /// <summary>That of another start of the same process.</summary>
    private Task<Edge> StartAsync() => Edge.StartAsync(_time, _ca, new TestSettings(), _flaky, [Wishes.Of("shop.test")]);
}
