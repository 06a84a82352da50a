using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>What becomes of a certificate, and of its visitors, when another one of its label comes.</summary>
public sealed class SuccessorTests : IDisposable
{
    private static readonly TestCa Ca = new();

    private readonly FindingScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task Visitors_of_one_that_is_in_use_do_not_wait_for_its_successor()
    {
        _scene.Table.Publish(Ca.Issue("shop.test"));
        var old = (await _scene.FindAsync("shop.test"))!;

        _scene.Table.Publish(Ca.Issue("shop.test"));
        var next = _scene.FindAsync("shop.test").AsTask();

        Assert.True(next.IsCompletedSuccessfully);
        Assert.NotSame(old, await next);
        Assert.Null(_scene.Table.Find("shop.test", KeyFamily.All)!.InHand);
        old.Release();
        Assert.True(old.IsGone);
    }

    /// <summary>Whatever it is that TLS does not like of it.</summary>
    [Fact]
    public async Task One_that_is_in_use_is_served_on_where_its_successor_cannot_be()
    {
        var good = Ca.Issue("shop.test");
        _scene.Table.Publish(good);
        (await _scene.FindAsync("shop.test"))!.Release();
        var broken = Ca.Issue("shop.test") with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } };

        _scene.Table.Publish(broken);

        Assert.Equal(good.Id, await ServedAsync());
        Assert.Equal(["shop.test"], _scene.Shelf.Rejected);
        Assert.Contains(_scene.Log.Lines, line => line.StartsWith("450 ", StringComparison.Ordinal));

        // What is read again in its place is the same; it is tried again in a minute, and then can be used.
        _scene.Table.PublishStored(broken);
        Assert.Equal(good.Id, await ServedAsync());
        var old = _scene.Table.Find("shop.test", KeyFamily.All)!;
        var mended = Ca.Issue("shop.test");
        _scene.Table.Publish(mended);
        Assert.Equal(mended.Id, await ServedAsync());
        Assert.False(old.IsLoaded);
    }

    /// <summary>What ails one certificate of a CA or of a key type ails the next.</summary>
    [Fact]
    public async Task One_that_is_in_use_is_served_on_however_many_successors_cannot_be()
    {
        _scene.Table.Publish(Ca.Issue("shop.test") with { Id = "1" });
        Assert.Equal("1", await ServedAsync());

        PublishBroken("2");
        PublishBroken("3");

        Assert.Equal("1", await ServedAsync());
        Assert.Equal(["shop.test", "shop.test"], _scene.Shelf.Rejected);
        _scene.Table.Publish(Ca.Issue("shop.test") with { Id = "4" });
        Assert.Equal("4", await ServedAsync());
    }

    /// <summary>What cannot be used is the first to go from memory.</summary>
    [Fact]
    public async Task A_stored_one_that_was_read_is_opened_where_an_earlier_one_is_in_use()
    {
        _scene.Table.Publish(Ca.Issue("shop.test") with { Id = "1" });
        for (var i = 0; i < 3; i++) Assert.Equal("1", await ServedAsync());
        PublishBroken("2");
        _scene.Settings.MaxLoaded = 2;
        _scene.Table.Publish(Ca.Issue("other.test"));
        _scene.Shelf.Fault = new TimeoutException("The store is silent.");

        _scene.Table.PublishStored(Ca.Issue("shop.test") with { Id = "3" });

        Assert.Equal("3", await ServedAsync());
    }

    /// <summary>It is visitors that an on-demand name is renewed for.</summary>
    [Fact]
    public async Task Who_is_shown_the_one_before_is_the_label_s_visitor()
    {
        _scene.Table.Publish(Ca.Issue("shop.test"));
        await ServedAsync();
        PublishBroken("next");
        _scene.Table.TakeVisit("shop.test");

        await ServedAsync();

        Assert.True(_scene.Table.TakeVisit("shop.test"));
        Assert.False(_scene.Table.TakeVisit("shop.test"));
    }

    /// <summary>Another process had the state, and the store may fall silent as soon as it was read.</summary>
    [Fact]
    public async Task A_takeover_reads_what_comes_in_the_place_of_one_that_is_in_use()
    {
        var store = new MemoryStore(_scene.Time);
        await using var edge = await Edge.StartAsync(
            _scene.Time, new Lifecycle.TestCa(_scene.Time), new TestSettings(), store, [], also: services => services.AddSingleton<ICertificatePublisher>(_scene.Table));
        await CommitAsync(Ca.Issue("shop.test") with { Id = "1" });
        Assert.Equal("1", await ServedAsync());

        await CommitAsync(Ca.Issue("shop.test") with { Id = "2" });
        _scene.Shelf.Fault = new TimeoutException("The store is silent.");

        Assert.Equal("2", await ServedAsync());

        async Task CommitAsync(Generation generation)
        {
            _scene.Shelf.Generations[generation.Label] = generation;
            await store.WriteAsync(new StoreWrite(GenerationRecord.Key(generation.Label, generation.Id), GenerationRecord.Write(generation)), TestContext.Current.CancellationToken);
            await edge.Get<StateTakeover>().LoadAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A store may list the one before again.</summary>
    [Fact]
    public async Task One_that_does_not_come_in_its_place_is_not_opened()
    {
        var older = Ca.Issue("shop.test") with { Id = "1", PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } };
        _scene.Table.Publish(Ca.Issue("shop.test") with { Id = "2" });
        (await _scene.FindAsync("shop.test"))!.Release();

        _scene.Table.PublishStored(older);

        Assert.Equal("2", await ServedAsync());
        Assert.Empty(_scene.Shelf.Rejected);
    }

    [Fact]
    public async Task One_that_can_be_used_after_all_ends_what_stood_in_for_it()
    {
        _scene.Table.Publish(Ca.Issue("shop.test"));
        (await _scene.FindAsync("shop.test"))!.Release();
        var stored = Ca.Issue("shop.test");
        _scene.Table.Publish(stored with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });
        var standIn = _scene.Table.Find("shop.test", KeyFamily.All)!;
        Assert.True(standIn.IsLoaded);
        _scene.Shelf.Generations["shop.test"] = stored;
        _scene.Time.Advance(TimeSpan.FromMinutes(1));

        // What is in hand of it is no good.
        _scene.Table.Find("shop.test", KeyFamily.All)!.Unload(keepsBytes: false);

        Assert.Equal(stored.Id, await ServedAsync());
        Assert.False(standIn.IsLoaded);
        Assert.False(_scene.Table.Holds(standIn));
    }

    /// <summary>A key that nobody is shown any more is in nobody's memory.</summary>
    [Fact]
    public async Task A_generation_that_stood_for_one_name_alone_goes_when_that_has_a_newer_one()
    {
        _scene.Table.Publish(Ca.Issue("shop.test", "www.shop.test"));
        (await _scene.FindAsync("www.shop.test"))!.Release();
        var first = _scene.Table.Find("www.shop.test", KeyFamily.All)!;
        _scene.Table.Publish(Ca.Issue("shop.test"));
        Assert.Same(first, _scene.Table.Find("www.shop.test", KeyFamily.All));
        Assert.True(first.IsLoaded);

        _scene.Table.Publish(Ca.Issue("shop.test", "www.shop.test"));

        Assert.False(first.IsLoaded);
        Assert.NotSame(first, _scene.Table.Find("www.shop.test", KeyFamily.All));
    }

    [Fact]
    public async Task A_label_that_is_withdrawn_takes_its_older_generations_with_it()
    {
        _scene.Table.Publish(Ca.Issue("shop.test", "www.shop.test"));
        (await _scene.FindAsync("www.shop.test"))!.Release();
        var first = _scene.Table.Find("www.shop.test", KeyFamily.All)!;
        _scene.Table.Publish(Ca.Issue("shop.test"));

        _scene.Table.Withdraw("shop.test");

        Assert.False(first.IsLoaded);
        Assert.Null(_scene.Table.Find("www.shop.test", KeyFamily.All));
    }

    private void PublishBroken(string id) => _scene.Table.Publish(Ca.Issue("shop.test") with { Id = id, PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });

    private async Task<string?> ServedAsync()
    {
        var found = await _scene.FindAsync("shop.test");
        found?.Release();
        return _scene.Table.Find("shop.test", KeyFamily.All)?.Facts.Generation;
    }
}
