using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Tests.Hostile;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Certificates that are known by their facts alone, and what a handshake does with them.</summary>
public sealed class CertificateLoadsTests : IDisposable
{
    private static readonly TestCa Ca = new();
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly TestSettings _settings = new();
    private readonly WatchedShelf _shelf = new();
    private readonly RecordedLog _log = new();
    private readonly LoggerFactory _logging;
    private readonly LoadedCertificates _loaded;
    private readonly CertificateTable _table;
    private readonly CertificateLoads _loads;
    private readonly CertificateFinder _finder;

    public CertificateLoadsTests()
    {
        _logging = new LoggerFactory([_log]);
        _loaded = new LoadedCertificates(_settings, _shelf);
        _table = new CertificateTable(_time, new ServingReach(), _loaded);
        _loads = new CertificateLoads(_table, _loaded, new TlsContexts(new HotSet(_settings)), new ServingLimits(), _time, _logging.CreateLogger<CertificateLoads>(), _shelf);
        _finder = new CertificateFinder(_table, _loads, new CertificateMisses(new ServingLimits(), _time, NullLogger<CertificateMisses>.Instance), new CertificatesOnDemand(_table, new ServingLimits(), _time, NullLogger<CertificatesOnDemand>.Instance, new(() => null)), _settings);
    }

    public void Dispose()
    {
        _loads.Dispose();
        _logging.Dispose();
    }

    [Fact]
    public async Task A_cold_name_is_read_once_however_many_ask_and_then_needs_no_waiting()
    {
        Store("shop.test");
        _shelf.Gate = new TaskCompletionSource();

        var asked = Enumerable.Range(0, 20).Select(_ => FindAsync("shop.test").AsTask()).ToList();
        Assert.All(asked, one => Assert.False(one.IsCompleted));
        _shelf.Gate.SetResult();
        var found = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(10), Cancel);

        Assert.Single(_shelf.Asked);
        Assert.All(found, one => Assert.Same(found[0], one));
        Assert.Single(found[0]!.Context.IntermediateCertificates);
        Assert.True(FindAsync("shop.test").AsTask().IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData("*.shop.test", "api.shop.test", null)]
    [InlineData("192.0.2.7", null, "192.0.2.7")]
    [InlineData("2001:db8::7", null, "2001:db8::7")]
    public async Task Wildcards_and_addresses_are_read_like_names(string stored, string? serverName, string? local)
    {
        var generation = Store(stored);

        var found = await FindAsync(serverName, local is null ? null : new IPEndPoint(IPAddress.Parse(local), 443));

        Assert.True(found!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(generation.Chain.Leaf.Span));
    }

    [Fact]
    public async Task What_was_not_used_for_longest_goes_first_and_its_memory_with_the_last_connection()
    {
        _settings.MaxLoaded = 2;
        foreach (var name in new[] { "a.test", "b.test", "c.test" }) Store(name);
        var connection = await FindAsync("a.test");
        (await FindAsync("b.test"))!.Release();

        // Both were used; a round later only b was used again.
        (await FindAsync("c.test"))!.Release();
        Assert.Equal(2, _loaded.Count);
        Assert.False(_table.Find("a.test", KeyFamily.All)!.IsLoaded);

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
        _settings.MaxLoaded = 4;
        Store("hot.test");
        (await FindAsync("hot.test"))!.Release();
        for (var i = 0; i < 100; i++)
        {
            Store($"n{i}.test");
            (await FindAsync($"n{i}.test"))!.Release();
            (await FindAsync("hot.test"))!.Release();
        }

        Assert.Equal(1, _shelf.Asked.Count(label => label == "hot.test"));
        Assert.Equal(4, _loaded.Count);
    }

    [Fact]
    public async Task What_is_in_hand_is_not_read_and_its_bytes_do_not_stay_beside_the_context()
    {
        _table.Publish(Ca.Issue("shop.test"));

        (await FindAsync("shop.test"))!.Release();

        Assert.Empty(_shelf.Asked);
        Assert.Null(_table.Find("shop.test", KeyFamily.All)!.InHand);
    }

    [Fact]
    public async Task A_renewed_certificate_gives_the_old_ones_memory_back()
    {
        Store("shop.test");
        var old = (await FindAsync("shop.test"))!;
        old.Release();

        _table.Publish(Ca.Issue("shop.test"));

        Assert.True(old.IsGone);
        Assert.NotSame(old, await FindAsync("shop.test"));
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_is_left_aside_for_another_of_its_name_and_tried_again()
    {
        var good = Store(Ca.Issue("good", KeyFamily.P256, Days(10), "shop.test"));
        var broken = Store(Ca.Issue("broken", KeyFamily.P256, Days(20), "shop.test") with { PrivateKeyPkcs8 = new byte[] { 1, 2, 3 } });

        Assert.True((await FindAsync("shop.test"))!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(good.Chain.Leaf.Span));
        await FindAsync("shop.test");
        Assert.Equal(["broken", "good"], _shelf.Asked);
        Assert.Equal(["broken"], _shelf.Rejected);

        _time.Advance(TimeSpan.FromMinutes(1));
        await FindAsync("shop.test");
        Assert.Equal([broken.Label, good.Label, broken.Label], _shelf.Asked);
    }

    [Fact]
    public async Task What_cannot_be_read_is_nothing_and_no_exception()
    {
        Store("shop.test");
        _shelf.Fault = new IOException("the disk is dying");

        Assert.Null(await FindAsync("shop.test"));
    }

    [Fact]
    public async Task What_cannot_be_read_at_that_moment_gets_nothing_else_in_its_place_and_is_read_when_it_can_be()
    {
        Store("shop.test");
        _table.Publish(Ca.Issue("*.test"));
        _shelf.Fault = new TimeoutException("an engine's hiccup");
        await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("shop.test").AsTask());

        _shelf.Fault = null;

        Assert.NotNull(await FindAsync("shop.test"));
    }

    /// <summary>Strangers ask for a name as often as they like.</summary>
    [Fact]
    public async Task That_a_certificate_cannot_be_read_is_said_once_a_minute()
    {
        Store("shop.test");
        _shelf.Fault = new TimeoutException("an engine's hiccup");

        for (var i = 0; i < 50; i++) await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("shop.test").AsTask());
        Assert.Equal(1, Said());
        _time.Advance(TimeSpan.FromMinutes(1));
        await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("shop.test").AsTask());

        Assert.Equal(2, Said());
        int Said() => _log.Lines.Count(line => line.StartsWith("461 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_read_that_hangs_costs_its_own_name_and_one_thread_however_many_ask()
    {
        Store("shop.test");
        Store("other.test");
        _shelf.Gate = new TaskCompletionSource();
        var first = FindAsync("shop.test").AsTask();
        await _shelf.ReachedAsync(1);
        _time.Advance(new ServingLimits().LoadDeadline);
        await Assert.ThrowsAsync<CertificateLateException>(() => first);

        for (var i = 0; i < 100; i++) await Assert.ThrowsAsync<CertificateLateException>(() => FindAsync("shop.test").AsTask());
        Assert.Single(_shelf.Asked);

        _shelf.Gate.SetResult();
        Assert.NotNull(await FindAsync("other.test"));
    }

    [Fact]
    public async Task A_certificate_that_was_renewed_while_it_was_read_is_let_go()
    {
        var old = Store("shop.test");
        _shelf.Gate = new TaskCompletionSource();
        var asked = FindAsync("shop.test").AsTask();
        await _shelf.ReachedAsync(1);
        var served = _table.Find("shop.test", KeyFamily.All)!;
        var renewed = Ca.Issue("shop.test");
        _table.Publish(renewed);

        _shelf.Gate.SetResult();

        Assert.True((await asked)!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(renewed.Chain.Leaf.Span));
        Assert.False(served.IsLoaded);
        Assert.NotEqual(old.Id, renewed.Id);
    }

    [Fact]
    public async Task An_older_one_that_is_read_late_does_not_replace_a_newer_one()
    {
        var said = Ca.Issue("shop.test", "www.shop.test");
        _table.Publish(CertificateFacts.Of(said));
        _shelf.Generations[said.Label] = Ca.Issue("shop.test");
        _shelf.Gate = new TaskCompletionSource();
        var asked = FindAsync("shop.test").AsTask();
        await _shelf.ReachedAsync(1);
        var renewed = Ca.Issue("shop.test", "www.shop.test");
        _table.Publish(renewed);

        _shelf.Gate.SetResult();

        Assert.True((await asked)!.Context.TargetCertificate.RawDataMemory.Span.SequenceEqual(renewed.Chain.Leaf.Span));
    }

    [Fact]
    public async Task Letting_go_of_one_certificate_from_many_sides_takes_its_memory_from_no_connection()
    {
        Store("shop.test");
        var connection = (await FindAsync("shop.test"))!;
        var served = _table.Find("shop.test", KeyFamily.All)!;

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
        _table.Publish(CertificateFacts.Of(said));
        _shelf.Generations[said.Label] = stored;

        Assert.Null(await FindAsync("www.shop.test"));
        Assert.Null(await FindAsync("www.shop.test"));
        Assert.NotNull(await FindAsync("shop.test"));
        Assert.Single(_shelf.Asked);
    }

    [Fact]
    public async Task No_more_than_a_few_are_read_at_once_and_all_others_wait_for_their_turn()
    {
        var limit = new ServingLimits().MaxLoads;
        for (var i = 0; i < 3 * limit; i++) Store($"n{i}.test");
        _shelf.Gate = new TaskCompletionSource();

        var asked = Enumerable.Range(0, 3 * limit).Select(i => FindAsync($"n{i}.test").AsTask()).ToList();
        await _shelf.ReachedAsync(limit).WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(limit, _shelf.Asked.Count);
        _shelf.Gate.SetResult();

        Assert.All(await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(20), Cancel), Assert.NotNull);
    }

    private static DateTimeOffset Days(int days) => DateTimeOffset.UtcNow.AddDays(days);

    private Generation Store(params string[] names) => Store(Ca.Issue(names));

    private Generation Store(Generation generation)
    {
        _shelf.Generations[generation.Label] = generation;
        _table.Publish(CertificateFacts.Of(generation));
        return generation;
    }

    private ValueTask<LoadedCertificate?> FindAsync(string? serverName, EndPoint? local = null) => _finder.FindAsync(new ClientHello(serverName, IsAcmeTlsAlpn: false, KeyFamily.All), local, null);
}
