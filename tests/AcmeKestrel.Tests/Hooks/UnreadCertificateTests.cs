using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>What hooks are owed of a certificate that cannot be read when the state is taken over.</summary>
public sealed class UnreadCertificateTests
{
    private static readonly TimeSpan Gathered = TimeSpan.FromSeconds(3);

    private readonly HookScene _scene = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated, AcmeHookEvent.Failed, AcmeHookEvent.Expiring);

    public UnreadCertificateTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task It_is_told_when_the_certificate_can_be_read()
    {
        var key = await IssueAsync();
        Hide(key);
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromHours(1));
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Empty(_hook.Calls);

        Show();
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(key);
        Assert.Equal(key.Name, $"shop.test@{_scene.Links.Shown["shop.test"]}");
    }

    [Fact]
    public async Task It_is_told_by_the_next_process_where_that_can_read_it()
    {
        var key = await IssueAsync();
        Hide(key);
        await using (var second = await StartAsync()) await second.RunAsync(TimeSpan.FromMinutes(1));
        Show();

        await using var edge = await StartAsync();
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(key);
    }

    /// <summary>An older one can be, and is served: programs outside are not brought back to it.</summary>
    [Fact]
    public async Task It_is_told_when_the_newest_of_two_can_be_read()
    {
        var key = await IssueTwiceAsync();
        Hide(key);
        await using var edge = await StartAsync();
        Assert.NotEqual(key.Name, $"shop.test@{edge.Published.Current["shop.test"].Id}");
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Empty(_hook.Calls);
        Assert.Equal(key.Name, $"shop.test@{_scene.Links.Shown["shop.test"]}");

        Show();
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(key);
    }

    /// <summary>It could not be read while certificates were, and can be when what is owed is looked at.</summary>
    [Fact]
    public async Task Programs_are_not_brought_back_where_it_can_be_read_a_moment_later()
    {
        var key = await IssueTwiceAsync();
        _scene.Links.Moves.Clear();
        Hide(key);
        var hidden = _scene.Records.Shown;
        _scene.Records.Shown = record =>
        {
            if (record.Key.Kind == RecordKind.HookDelivery) Show();
            return hidden(record);
        };
        await using var edge = await StartAsync();
        Assert.NotEqual(key.Name, $"shop.test@{edge.Published.Current["shop.test"].Id}");
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Empty(_hook.Calls);

        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(key);
        Assert.Empty(_scene.Links.Moves);
    }

    /// <summary>Two came since anybody was told; nobody waits for more than that one of them can be read.</summary>
    [Fact]
    public async Task All_that_came_before_it_are_told_as_well()
    {
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromDays(62));
        var keys = _scene.Records.All(RecordKind.Certificate).Select(record => record.Key).ToList();
        Hide([.. keys]);
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Hide(keys[0]);
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        Assert.Equal(keys.Select(key => key.Name), Told(AcmeHookEvent.Issued));
        Assert.Equal([keys[1].Name], Told(AcmeHookEvent.LiveUpdated));
    }

    /// <summary>The process before was killed when it had said what it would do.</summary>
    [Fact]
    public async Task What_never_came_is_told_to_nobody()
    {
        _scene.Records.BeforeWrite = key => { if (key.Kind == RecordKind.Certificate) throw new StoreUnavailableException("full"); };
        await using (var first = await StartAsync()) await first.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Single(_scene.Records.All(RecordKind.HookDelivery));
        _scene.Records.BeforeWrite = _ => { };
        foreach (var order in _scene.Records.All(RecordKind.Order)) await _scene.Records.DeleteAsync(new StoreDeletion(order.Key), TestContext.Current.CancellationToken);

        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(Assert.Single(_scene.Records.All(RecordKind.Certificate)).Key);
    }

    /// <summary>It is the record of what is owed that cannot be read, until the next certificate comes.</summary>
    [Fact]
    public async Task What_is_owed_is_not_overwritten_by_what_is_owed_next()
    {
        var key = await IssueAsync();
        Hide(Assert.Single(_scene.Records.All(RecordKind.HookDelivery)).Key);
        await using var edge = await StartAsync();
        await _scene.DeliverAsync(edge, Gathered);
        Assert.Empty(_hook.Calls);

        Show();
        await edge.RunAsync(TimeSpan.FromDays(62));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        var successor = _scene.Records.All(RecordKind.Certificate)[^1].Key;
        Assert.Equal([key.Name, successor.Name], Told(AcmeHookEvent.Issued));
        Assert.Equal([successor.Name], Told(AcmeHookEvent.LiveUpdated));
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    /// <summary>The same, but what is owed next comes before that can be read, and takes its place.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_takes_its_place_is_told_once(bool isGone)
    {
        await IssueAsync();
        var owed = Assert.Single(_scene.Records.All(RecordKind.HookDelivery)).Key;
        Hide(owed);
        await using var edge = await StartAsync();
        if (isGone) await _scene.Records.DeleteAsync(new StoreDeletion(owed), TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromDays(62));
        Show();
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(_scene.Records.All(RecordKind.Certificate)[^1].Key);
    }

    /// <summary>Nothing else comes of the label, or what is no certificate.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_owed_is_told_when_its_record_can_be_read(bool hasFailed)
    {
        var key = await IssueAsync();
        Hide(Assert.Single(_scene.Records.All(RecordKind.HookDelivery)).Key);
        await using var edge = await StartAsync();
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(5));
        Assert.Empty(_hook.Calls);

        Show();
        if (hasFailed) await edge.Get<HookDesk>().OweAsync(edge.Session, AcmeHookEvent.Failed, edge.Get<Labels>().ViewOf("shop.test"), "nobody is there", TestContext.Current.CancellationToken);
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));
        await _scene.DeliverAsync(edge, Gathered);

        AssertTold(key);
        Assert.Equal(hasFailed ? [key.Name] : [], Told(AcmeHookEvent.Failed));
        Assert.Equal(key.Name, $"shop.test@{_scene.Links.Shown["shop.test"]}");
    }

    /// <summary>Its end was told.</summary>
    [Fact]
    public async Task Its_end_is_not_told_once_more()
    {
        var key = await IssueAsync();
        await using (var first = await StartAsync())
        {
            first.Reach = (_, _) => "nobody is there";
            await first.RunAsync(TimeSpan.FromDays(82));
            await LookAsync(first);
            Assert.Single(Told(AcmeHookEvent.Expiring));
        }

        Hide(key);
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Show();
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await LookAsync(edge);

        Assert.Single(Told(AcmeHookEvent.Expiring));
    }

    /// <summary>It was; only the record that says so could not be read.</summary>
    [Fact]
    public async Task Its_end_is_not_told_once_more_where_that_it_was_is_read_later()
    {
        await IssueAsync();
        await using (var first = await StartAsync())
        {
            first.Reach = (_, _) => "nobody is there";
            await first.RunAsync(TimeSpan.FromDays(82));
            await LookAsync(first);
            await _scene.DeliverAsync(first, Gathered);
            Assert.Single(Told(AcmeHookEvent.Expiring));
        }

        Hide(Assert.Single(_scene.Records.All(RecordKind.HookDelivery)).Key);
        await using var edge = await StartAsync();
        edge.Reach = (_, _) => "nobody is there";
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Show();
        await LookAsync(edge);

        Assert.Single(Told(AcmeHookEvent.Expiring));
    }

    /// <summary>It is damaged, and the operator takes it away.</summary>
    [Fact]
    public async Task It_is_told_beside_its_successor()
    {
        var key = await IssueAsync();
        _scene.Records.Damage(key, "meta.json");
        await using var edge = await StartAsync();
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        Assert.Empty(_hook.Calls);

        await _scene.Records.DeleteAsync(new StoreDeletion(key), TestContext.Current.CancellationToken);
        await edge.RunAsync(TimeSpan.FromMinutes(10));
        await HookScene.DeliverAsync(edge);
        await _scene.DeliverAsync(edge, Gathered);

        var successor = Assert.Single(_scene.Records.All(RecordKind.Certificate)).Key;
        Assert.Equal([key.Name, successor.Name], Told(AcmeHookEvent.Issued));
        Assert.Equal([successor.Name], Told(AcmeHookEvent.LiveUpdated));
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    private void AssertTold(RecordKey key)
    {
        Assert.Equal([key.Name], Told(AcmeHookEvent.Issued));
        Assert.Equal([key.Name], Told(AcmeHookEvent.LiveUpdated));
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    private IEnumerable<string> Told(AcmeHookEvent happened) => _hook.Calls.Where(call => call.Event == happened).SelectMany(call => call.Certificates).Select(certificate => $"{certificate.Label}@{certificate.Generation}");

    /// <summary>The second is shown, and nobody was told of it.</summary>
    private async Task<RecordKey> IssueTwiceAsync()
    {
        await using (var first = await StartAsync())
        {
            await first.RunAsync(TimeSpan.FromDays(1));
            await _scene.DeliverAsync(first, Gathered);
            _hook.Calls.Clear();
            await first.RunAsync(TimeSpan.FromDays(61));
        }

        var key = _scene.Records.All(RecordKind.Certificate)[^1].Key;
        Assert.Equal(key.Name, $"shop.test@{_scene.Links.Shown["shop.test"]}");
        return key;
    }

    /// <summary>One process gets it, and ends before anybody is told.</summary>
    private async Task<RecordKey> IssueAsync()
    {
        await using var edge = await StartAsync();
        await edge.SettleAsync("shop.test");
        return Assert.Single(_scene.Records.All(RecordKind.Certificate)).Key;
    }

    private static async Task LookAsync(Edge edge)
    {
        await edge.Get<EndingCertificates>().LookAsync(CancellationToken.None);
        await HookScene.DeliverAsync(edge);
    }

    private Task<Edge> StartAsync() => _scene.StartAsync(Wishes.Of("shop.test"));

    private void Hide(params RecordKey[] keys) => _scene.Records.Shown = record =>
        keys.Contains(record.Key) ? new StoreRecord(record.Key, record.Version, new RecordContent([])) { Error = $"{record.Key} cannot be read now: The disk does not answer.", IsUnread = true } : record;

    private void Show() => _scene.Records.Shown = record => record;
}
