using System.Runtime.CompilerServices;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Lifecycle.RunTime;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Wishes that are kept: what changed is told, and what another process did to them is found when the state changes hands.</summary>
public sealed class RunTimeWishesTests : IDisposable
{
    private readonly FlakyStore _store = new(new MemoryStore());
    private readonly List<RunTimeWishes> _all = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _all.ForEach(wishes => wishes.Dispose());

    [Fact]
    public async Task What_changed_is_told_and_nothing_else()
    {
        var (wishes, session) = (Open(), await SessionAsync());
        await wishes.PutAsync(session, "a.test", Wish("a.test"), Token);
        await wishes.PutAsync(session, "b.test", Wish("b.test"), Token);
        var first = await wishes.ListChangesAsync(null, Token);
        Assert.True(first.IsWhole);
        Assert.Equal(["a.test", "b.test"], first.Entries.Keys.Order());

        var token = wishes.GetChangeToken();
        Assert.False(await wishes.PutAsync(session, "a.test", Wish("a.test"), Token));
        Assert.False(token.HasChanged);
        Assert.True(await wishes.PutAsync(session, "b.test", Wish("b.test", "c.test"), Token));
        Assert.True(token.HasChanged);
        Assert.True(await wishes.RemoveAsync(session, "a.test", Token));

        var next = await wishes.ListChangesAsync(first.Position, Token);
        Assert.False(next.IsWhole);
        Assert.Equal([("a.test", ""), ("b.test", "b.test c.test")], next.Entries.OrderBy(entry => entry.Key).Select(entry => (entry.Key, NamesOf(entry.Value))));
        Assert.Empty((await wishes.ListChangesAsync(next.Position, Token)).Entries);
        Assert.True((await wishes.ListChangesAsync("nonsense", Token)).IsWhole);
        Assert.True((await wishes.ListChangesAsync("99999", Token)).IsWhole);
    }

    [Fact]
    public async Task Another_process_wishes_are_found_when_the_state_changes_hands()
    {
        var (one, other, session) = (Open(), Open(), await SessionAsync());
        await one.PutAsync(session, "stays.test", Wish("stays.test"), Token);
        await one.PutAsync(session, "goes.test", Wish("goes.test"), Token);
        var before = await other.ListChangesAsync(null, Token);
        await one.PutAsync(session, "comes.test", Wish("comes.test"), Token);
        await one.RemoveAsync(session, "goes.test", Token);
        Assert.Empty((await other.ListChangesAsync(before.Position, Token)).Entries);

        var token = other.GetChangeToken();
        other.LookAgain();

        Assert.True(token.HasChanged);
        Assert.Equal(["comes.test", "stays.test"], (await other.ListAsync(Token)).Certificates.Select(certificate => certificate.Label!).Order());
        Assert.Contains("goes.test", (await other.ListChangesAsync(before.Position, Token)).Entries);
    }

    /// <summary>It may be in what was listed or not.</summary>
    [Fact]
    public async Task What_is_wished_while_they_are_read_is_not_lost()
    {
        var (wishes, session) = (Open(), await SessionAsync());
        await wishes.PutAsync(session, "a.test", Wish("a.test"), Token);
        var (written, keep) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Writing = _ =>
        {
            written.TrySetResult();
            return keep.Task;
        };
        var putting = wishes.PutAsync(session, "b.test", Wish("b.test"), Token);
        await written.Task;
        wishes.LookAgain();
        var (listed, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Listed = () =>
        {
            listed.TrySetResult();
            return go.Task;
        };
        var reading = wishes.ListAsync(Token).AsTask();
        await listed.Task;

        keep.SetResult();
        await putting;
        go.SetResult();

        Assert.Equal(["a.test", "b.test"], (await reading).Certificates.Select(certificate => certificate.Label!).Order());
    }

    /// <summary>As on a machine that follows: whoever orders may write wishes faster than all of them are listed.</summary>
    [Fact]
    public async Task They_are_read_once_however_much_is_told_of_meanwhile()
    {
        var (one, other, session) = (Open(), Open(), await SessionAsync());
        await one.PutAsync(session, "goes.test", Wish("goes.test"), Token);
        await one.PutAsync(session, "stays.test", Wish("stays.test"), Token);
        var listings = 0;
        _store.Listed = async () =>
        {
            if (++listings > 5) return;

            await one.PutAsync(session, $"n{listings}.test", Wish($"n{listings}.test"), Token);
            await other.LookAgainAsync($"n{listings}.test", Token);
            await one.RemoveAsync(session, "goes.test", Token);
            await other.LookAgainAsync("goes.test", Token);
        };

        var read = await other.ListAsync(Token);

        Assert.Equal(["n1.test", "stays.test"], read.Certificates.Select(certificate => certificate.Label!).Order());
        Assert.Equal(1, listings);
    }

    /// <summary>They are not known yet: what is stored counts, and not that nothing was read so far.</summary>
    [Fact]
    public async Task Whoever_comes_while_they_are_read_waits_for_what_is_stored()
    {
        var (one, other, session) = (Open(), Open(), await SessionAsync());
        await one.PutAsync(session, "goes.test", Wish("goes.test"), Token);
        await one.PutAsync(session, "stays.test", Wish("stays.test"), Token);
        var (listed, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Listed = () =>
        {
            listed.TrySetResult();
            return go.Task;
        };
        var reading = other.ListAsync(Token).AsTask();
        await listed.Task;

        var (removing, putting) = (other.RemoveAsync(session, "goes.test", Token), other.PutAsync(session, "stays.test", Wish("stays.test"), Token));
        go.SetResult();

        Assert.Equal((true, false), (await removing, await putting));
        await reading;
        Assert.Equal(["stays.test"], (await Open().ListAsync(Token)).Certificates.Select(certificate => certificate.Label));
    }

    /// <summary>The state changed hands while they were read: what was read may be another process' yesterday.</summary>
    [Fact]
    public async Task What_is_to_be_read_anew_while_it_is_read_is_read_once_more()
    {
        var (one, other, session) = (Open(), Open(), await SessionAsync());
        var (listed, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Listed = () =>
        {
            listed.TrySetResult();
            return go.Task;
        };
        var reading = other.ListAsync(Token).AsTask();
        await listed.Task;
        _store.Listed = () => Task.CompletedTask;
        await one.PutAsync(session, "comes.test", Wish("comes.test"), Token);
        other.LookAgain();
        go.SetResult();
        await reading;

        Assert.Equal(["comes.test"], (await other.ListAsync(Token)).Certificates.Select(certificate => certificate.Label));
    }

    /// <summary>Two that wish the same label: what is known afterwards is what the record says.</summary>
    [Fact]
    public async Task Of_two_at_once_the_last_one_counts_in_memory_and_on_disk()
    {
        var (wishes, session) = (Open(), await SessionAsync());
        var (written, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.Written = () =>
        {
            _store.Written = () => Task.CompletedTask;
            written.SetResult();
            return go.Task;
        };
        var first = wishes.PutAsync(session, "a.test", Wish("a.test", "first.test"), Token);
        await written.Task;
        var second = wishes.PutAsync(session, "a.test", Wish("a.test", "second.test"), Token);
        var other = wishes.PutAsync(session, "b.test", Wish("b.test"), Token);
        await other;
        go.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(
            (await Open().ListAsync(Token)).Certificates.SelectMany(certificate => certificate.Names),
            (await wishes.ListAsync(Token)).Certificates.OrderBy(certificate => certificate.Label).SelectMany(certificate => certificate.Names));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_asked_again()
    {
        var wishes = Open();
        _store.Listing = _ => throw new StoreUnavailableException("not up yet");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => wishes.ListChangesAsync(null, Token).AsTask());

        _store.Listing = _ => Task.CompletedTask;
        Assert.Empty((await wishes.ListChangesAsync(null, Token)).Entries);
    }

    /// <summary>A virus scanner that has one file for a moment.</summary>
    [Fact]
    public async Task A_record_that_could_not_be_read_is_read_again_in_a_minute()
    {
        var time = new FakeTimeProvider();
        await Open().PutAsync(await SessionAsync(), "a.test", Wish("a.test"), Token);
        var store = new Unreadable(_store);
        using var wishes = new RunTimeWishes(store, time);
        Assert.NotEmpty((await wishes.ListAsync(Token)).Problems);
        var token = wishes.GetChangeToken();

        time.Advance(TimeSpan.FromMinutes(1));

        await Eventually.TrueAsync(() => token.HasChanged);
        Assert.Equal("a.test", NamesOf(await wishes.ListAsync(Token)));
        Assert.Equal(1, store.Lists);
        token = wishes.GetChangeToken();
        time.Advance(TimeSpan.FromDays(1));
        Assert.False(token.HasChanged);
    }

    /// <summary>It was visited just as somebody forgot it.</summary>
    [Fact]
    public async Task A_visit_brings_no_name_back_that_is_being_removed()
    {
        using var wishes = new OnDemandWishes(_store, new TestSettings(), TimeProvider.System);
        var (session, now, gate) = (await SessionAsync(), DateTimeOffset.UtcNow, new TaskCompletionSource());
        await wishes.PutAsync(session, "a.test", new OnDemandName(now, now), Token);
        _store.Deleting = _ => gate.Task;

        var removing = wishes.RemoveAsync(session, "a.test", Token);
        var visiting = wishes.VisitAsync(session, "a.test", now.AddDays(1), Token);
        gate.SetResult();
        await Task.WhenAll(removing, visiting);

        Assert.Null(await _store.ReadAsync(new RecordKey(RecordKind.OnDemand, "a.test"), Token));
        Assert.False(wishes.Knows("a.test"));
    }

    [Fact]
    public void Names_on_demand_are_told_of_anew_when_settings_change()
    {
        var settings = new TestSettings();
        using var wishes = new OnDemandWishes(_store, settings, TimeProvider.System);
        var token = wishes.GetChangeToken();

        settings.Change();

        Assert.True(token.HasChanged);
    }

    /// <summary>The first list that is made has records that could not be read.</summary>
    private sealed class Unreadable(IAcmeStore inner) : DelegatingStore(inner)
    {
        public int Lists { get; private set; }

        public override async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var isFirst = ++Lists == 1;
            await foreach (var record in base.ListAsync(query, cancellationToken)) yield return isFirst ? record with { Error = "somebody has it", IsUnread = true } : record;
        }
    }

    private static AcmeCertificateRequest Wish(params string[] names) => new(names);

    private static string NamesOf(DesiredCertificates said) => string.Join(' ', said.Certificates.SelectMany(certificate => certificate.Names));

    private async Task<StateSession> SessionAsync() => new(_store, (await _store.TryLeaseAsync("state", "one", TimeSpan.FromHours(1), Token))!.Fence);

    private RunTimeWishes Open()
    {
        var wishes = new RunTimeWishes(_store, TimeProvider.System);
        _all.Add(wishes);
        return wishes;
    }
}
