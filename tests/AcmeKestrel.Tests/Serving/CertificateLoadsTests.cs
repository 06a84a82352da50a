using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Certificates that are known by their facts alone, and what a handshake does with them.</summary>
public sealed class CertificateLoadsTests : IDisposable
{
    private static readonly TestCa Ca = new();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FindingScene _scene = new();

    public void Dispose() => _scene.Dispose();

    [Fact]
    public async Task A_cold_name_is_read_once_however_many_ask_and_then_needs_no_waiting()
    {
        Store("shop.test");
        _scene.Shelf.Gate = new TaskCompletionSource();

        var asked = Enumerable.Range(0, 20).Select(_ => _scene.FindAsync("shop.test").AsTask()).ToList();
        Assert.All(asked, one => Assert.False(one.IsCompleted));
        _scene.Shelf.Gate.SetResult();
        var found = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        Assert.Single(_scene.Shelf.Asked);
        Assert.All(found, one => Assert.Same(found[0], one));
        Assert.Single(found[0]!.Context.IntermediateCertificates);
        Assert.True(_scene.FindAsync("shop.test").AsTask().IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("*.shop.test", "api.shop.test", null)]
    [InlineData("192.0.2.7", null, "192.0.2.7")]
    [InlineData("2001:db8::7", null, "2001:db8::7")]
    public async Task Wildcards_and_addresses_are_read_like_names(string stored, string? serverName, string? local)
    {
        var generation = Store(stored);

        var found = await _scene.FindAsync(serverName, local is null ? null : new IPEndPoint(IPAddress.Parse(local), 443));

        Assert.True(found!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(generation.Chain.Leaf.Span));
    }

    [Fact]
    public async Task What_was_not_used_for_longest_goes_first_and_its_memory_with_the_last_connection()
    {
        _scene.Settings.MaxLoaded = 2;
        foreach (var name in new[] { "a.test", "b.test", "c.test" }) Store(name);
        var connection = await _scene.FindAsync("a.test");
        (await _scene.FindAsync("b.test"))!.Release();

        // Both were used; a round later only b was used again.
        (await _scene.FindAsync("c.test"))!.Release();
        Assert.Equal(2, _scene.Loaded.Count);
        Assert.False(_scene.Table.Find("a.test", KeyFamily.All)!.IsLoaded);

        Assert.False(connection!.IsGone);
        Assert.NotEqual(0, connection.Context.TargetCertificate.Handle);
        connection.Release();
        Assert.True(connection.IsGone);
        Assert.Equal(0, connection.Context.TargetCertificate.Handle);
        Assert.False(connection.TryUse());
    }

    [Fact]
    public async Task A_used_one_stays_where_a_hundred_cold_ones_come_by()
    {
        _scene.Settings.MaxLoaded = 4;
        Store("hot.test");
        (await _scene.FindAsync("hot.test"))!.Release();
        for (var i = 0; i < 100; i++)
        {
            Store($"n{i}.test");
            (await _scene.FindAsync($"n{i}.test"))!.Release();
            (await _scene.FindAsync("hot.test"))!.Release();
        }

        Assert.Equal(1, _scene.Shelf.Asked.Count(label => label == "hot.test"));
        Assert.Equal(4, _scene.Loaded.Count);
    }

    [Fact]
    public async Task What_is_in_hand_is_not_read_and_its_bytes_do_not_stay_beside_the_context()
    {
        _scene.Table.Publish(Ca.Issue("shop.test"));

        (await _scene.FindAsync("shop.test"))!.Release();

        Assert.Empty(_scene.Shelf.Asked);
        Assert.Null(_scene.Table.Find("shop.test", KeyFamily.All)!.InHand);
    }

    /// <summary>Nothing that a context is built of, or that is asked to build it later, holds on to the bytes.</summary>
    [Theory]
    [InlineData(true, (int)KeyFamily.P256)]
    [InlineData(false, (int)KeyFamily.P256)]
    [InlineData(true, (int)KeyFamily.Rsa)]
    [InlineData(false, (int)KeyFamily.Rsa)]
    public async Task Of_what_is_loaded_no_key_bytes_are_left_anywhere(bool isJustIssued, int family)
    {
        var (loaded, bytes) = await LoadAsync(isJustIssued, (KeyFamily)family);

        // Whoever ended the load on another thread may not have returned yet.
        for (var look = 0; look < 20 && bytes.Exists(left => left.IsAlive); look++)
        {
            await Task.Yield();
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal([false, false], bytes.Select(left => left.IsAlive));
        Assert.False(loaded.IsGone);
        Assert.True(loaded.Context.TargetCertificate.HasPrivateKey);
    }

    [Fact]
    public async Task A_renewed_certificate_gives_the_old_ones_memory_back()
    {
        Store("shop.test");
        var old = (await _scene.FindAsync("shop.test"))!;
        old.Release();

        _scene.Table.Publish(Ca.Issue("shop.test"));

        Assert.True(old.IsGone);
        Assert.NotSame(old, await _scene.FindAsync("shop.test"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_left_aside_for_another_of_its_name_and_tried_again()
    {
        var good = _scene.Store(Ca.Issue("good", KeyFamily.P256, Days(10), "shop.test"));
        var broken = _scene.Store(Ca.Issue("broken", KeyFamily.P256, Days(20), "shop.test") with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });

        Assert.True((await _scene.FindAsync("shop.test"))!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(good.Chain.Leaf.Span));
        await _scene.FindAsync("shop.test");
        Assert.Equal(["broken", "good"], _scene.Shelf.Asked);
        Assert.Equal(["broken"], _scene.Shelf.Rejected);

        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await _scene.FindAsync("shop.test");
        Assert.Equal([broken.Label, good.Label, broken.Label], _scene.Shelf.Asked);
    }

    [Fact]
    public async Task What_cannot_be_read_is_nothing_and_no_exception()
    {
        Store("shop.test");
        _scene.Shelf.Fault = new IOException("the disk is dying");

        Assert.Null(await _scene.FindAsync("shop.test"));
    }

    [Fact]
    public async Task What_cannot_be_read_at_that_moment_gets_nothing_else_in_its_place_and_is_read_when_it_can_be()
    {
        Store("shop.test");
        _scene.Table.Publish(Ca.Issue("*.test"));
        _scene.Shelf.Fault = new TimeoutException("an engine's hiccup");
        await Assert.ThrowsAsync<CertificateLateException>(() => _scene.FindAsync("shop.test").AsTask());

        _scene.Shelf.Fault = null;

        Assert.NotNull(await _scene.FindAsync("shop.test"));
    }

    /// <summary>Strangers ask for a name as often as they like.</summary>
    [Fact]
    public async Task That_a_certificate_cannot_be_read_is_said_once_a_minute()
    {
        Store("shop.test");
        _scene.Shelf.Fault = new TimeoutException("an engine's hiccup");

        for (var i = 0; i < 50; i++) await Assert.ThrowsAsync<CertificateLateException>(() => _scene.FindAsync("shop.test").AsTask());
        Assert.Equal(1, Said());
        _scene.Time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<CertificateLateException>(() => _scene.FindAsync("shop.test").AsTask());

        Assert.Equal(2, Said());
        int Said() => _scene.Log.Lines.Count(line => line.StartsWith("461 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_that_hangs_costs_its_own_name_and_one_thread_however_many_ask()
    {
        Store("shop.test");
        Store("other.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var first = _scene.FindAsync("shop.test").AsTask();
        await _scene.Shelf.ReachedAsync(1);
        _scene.Time.Advance(new ServingLimits().LoadDeadline);
        await Assert.ThrowsAsync<CertificateLateException>(() => first);

        for (var i = 0; i < 100; i++) await Assert.ThrowsAsync<CertificateLateException>(() => _scene.FindAsync("shop.test").AsTask());
        Assert.Single(_scene.Shelf.Asked);

        _scene.Shelf.Gate.SetResult();
        Assert.NotNull(await _scene.FindAsync("other.test"));
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_while_it_was_read_is_let_go()
    {
        var old = Store("shop.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var asked = _scene.FindAsync("shop.test").AsTask();
        await _scene.Shelf.ReachedAsync(1);
        var served = _scene.Table.Find("shop.test", KeyFamily.All)!;
        var renewed = Ca.Issue("shop.test");
        _scene.Table.Publish(renewed);

        _scene.Shelf.Gate.SetResult();

        Assert.True((await asked)!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(renewed.Chain.Leaf.Span));
        Assert.False(served.IsLoaded);
        Assert.NotEqual(old.Id, renewed.Id);
    }

    [Fact]
    public async Task An_older_one_that_is_read_late_does_not_replace_a_newer_one()
    {
        var said = Ca.Issue("shop.test", "www.shop.test");
        _scene.Table.Publish(CertificateFacts.Of(said));
        _scene.Shelf.Generations[said.Label] = Ca.Issue("shop.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var asked = _scene.FindAsync("shop.test").AsTask();
        await _scene.Shelf.ReachedAsync(1);
        var renewed = Ca.Issue("shop.test", "www.shop.test");
        _scene.Table.Publish(renewed);

        _scene.Shelf.Gate.SetResult();

        Assert.True((await asked)!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(renewed.Chain.Leaf.Span));
    }

    [Fact]
    public async Task Letting_go_of_one_certificate_from_many_sides_takes_its_memory_from_no_connection()
    {
        Store("shop.test");
        var connection = (await _scene.FindAsync("shop.test"))!;
        var served = _scene.Table.Find("shop.test", KeyFamily.All)!;

        await Parallel.ForEachAsync(Enumerable.Range(0, 64), Cancel, (_, _) =>
        {
            served.Unload(keepsBytes: false);
            return ValueTask.CompletedTask;
        });

        Assert.False(connection.IsGone);
        connection.Release();
        Assert.True(connection.IsGone);
    }

    [Fact]
    public async Task A_record_that_is_not_what_it_said_is_served_as_what_it_is()
    {
        var said = Ca.Issue("shop.test", "www.shop.test");
        var stored = Ca.Issue("shop.test") with { Id = said.Id };
        _scene.Table.Publish(CertificateFacts.Of(said));
        _scene.Shelf.Generations[said.Label] = stored;

        Assert.Null(await _scene.FindAsync("www.shop.test"));
        Assert.Null(await _scene.FindAsync("www.shop.test"));
        Assert.NotNull(await _scene.FindAsync("shop.test"));
        Assert.Single(_scene.Shelf.Asked);
    }

    [Fact]
    public async Task No_more_than_a_few_are_read_at_once_and_all_others_wait_for_their_turn()
    {
        var limit = new ServingLimits().MaxLoads;
        for (var i = 0; i < 3 * limit; i++) Store($"n{i}.test");
        _scene.Shelf.Gate = new TaskCompletionSource();

        var asked = Enumerable.Range(0, 3 * limit).Select(i => _scene.FindAsync($"n{i}.test").AsTask()).ToList();
        await _scene.Shelf.ReachedAsync(limit).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal(limit, _scene.Shelf.Asked.Count);
        _scene.Shelf.Gate.SetResult();

        Assert.All(await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(60), Cancel), Assert.NotNull);
    }

    /// <summary>Whoever has a list of all names and asks for all of them at once.</summary>
    [Fact]
    public async Task One_network_that_asks_for_hundreds_keeps_no_other_one_waiting()
    {
        for (var i = 0; i < 500; i++) Store($"n{i}.test");
        Store("shop.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var crowd = Enumerable.Range(0, 500).Select(i => _scene.FindAsync($"n{i}.test", remote: "198.51.100.9").AsTask()).ToList();
        crowd.Add(_scene.FindAsync("shop.test", remote: "198.51.100.9").AsTask());
        await _scene.Shelf.ReachedAsync(new ServingLimits().MaxLoads);

        var visitor = _scene.FindAsync("shop.test", remote: "203.0.113.1").AsTask();
        _scene.Shelf.Gate.SetResult();

        Assert.NotNull(await visitor);
        await Task.WhenAll(crowd);
        Assert.InRange(_scene.Shelf.Asked.ToList().IndexOf("shop.test"), 0, (2 * new ServingLimits().MaxLoads) + 1);
        Assert.Single(_scene.Shelf.Asked, "shop.test");
    }

    [Fact]
    public async Task What_is_in_hand_waits_for_no_reading()
    {
        var limit = new ServingLimits().MaxLoads;
        for (var i = 0; i < limit; i++) Store($"n{i}.test");
        _scene.Shelf.Gate = new TaskCompletionSource();
        var reading = Enumerable.Range(0, limit).Select(i => _scene.FindAsync($"n{i}.test").AsTask()).ToList();
        await _scene.Shelf.ReachedAsync(limit);
        _scene.Table.Publish(Ca.Issue("new.test"));

        Assert.NotNull(await _scene.FindAsync("new.test").AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancel));

        _scene.Shelf.Gate.SetResult();
        await Task.WhenAll(reading);
    }

    /// <returns>What a connection has, and what was opened for it: the certificate and its key.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<(LoadedCertificate Loaded, List<WeakReference> Bytes)> LoadAsync(bool isJustIssued, KeyFamily family)
    {
        var bytes = Offer(isJustIssued, family);
        var loaded = (await _scene.FindAsync("shop.test"))!;
        Assert.Equal(isJustIssued ? 0 : 1, _scene.Shelf.Asked.Count);
        _scene.Shelf.Generations.Clear();
        return (loaded, bytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private List<WeakReference> Offer(bool isJustIssued, KeyFamily family)
    {
        var generation = Ca.Issue("shop.test", family, Days(60), "shop.test");
        if (isJustIssued) _scene.Table.Publish(generation);
        else _scene.Store(generation);
        Assert.True(MemoryMarshal.TryGetArray(generation.PrivateKeyPkcs8, out var key));
        return [new WeakReference(generation), new WeakReference(key.Array)];
    }

    private static DateTimeOffset Days(int days) => DateTimeOffset.UtcNow.AddDays(days);

    private Generation Store(params string[] names) => _scene.Store(Ca.Issue(names));
}
