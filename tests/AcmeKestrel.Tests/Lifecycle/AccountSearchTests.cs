using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>An account is found by its own record, and what a hand does to the records while a server runs is seen all the same.</summary>
public sealed class AccountSearchTests
{
    private const string One = "one@example.test";
    private const string Other = "other@example.test";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestCa _ca;
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();

    public AccountSearchTests() => (_ca, _store) = (new TestCa(_time), new TestStore(_time));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_are_listed_once_and_each_that_is_there_is_read_alone()
    {
        await RegisterAsync(One, Other, "third@example.test");
        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        var before = (counted.Reads, counted.Lists, counted.Listed);

        foreach (var mail in new[] { One, Other, "third@example.test", One }) Assert.Equal(mail, (await FindAsync(edge, mail))!.Facts.Email);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.NotNull(await FindAsync(edge, One));

        Assert.Equal((5, 1, 3), (counted.Reads - before.Reads, counted.Lists - before.Lists, counted.Listed - before.Listed));
    }

    [Fact]
    public async Task One_that_is_not_there_is_looked_for_in_all_records_no_more_often_than_each_five_seconds_and_by_name_each_time()
    {
        await RegisterAsync(One);
        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        var before = (counted.Reads, counted.Listed, counted.Named);

        for (var second = 0; second < 10; second++)
        {
            foreach (var mail in new[] { "a@example.test", "b@example.test" }) Assert.Null(await FindAsync(edge, mail));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((0, 2, 20), (counted.Reads - before.Reads, counted.Listed - before.Listed, counted.Named - before.Named));
    }

    /// <summary>By the next order, however soon: its name is new.</summary>
    [Fact]
    public async Task A_record_that_a_hand_puts_in_is_used()
    {
        await RegisterAsync(One, Other);
        var taken = await TakeAsync(Other);
        await using var edge = await StartAsync();
        Assert.Null(await FindAsync(edge, Other));

        _time.Advance(TimeSpan.FromSeconds(1));
        await PutAsync(taken);
        _time.Advance(TimeSpan.FromSeconds(3));
        edge.Wish(Wishes.Of("shop.test") with { Email = Other });
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Equal(2, _store.All(RecordKind.Account).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_operator_asks_of_an_account_finds_what_was_edited_a_moment_before(bool changes)
    {
        await RegisterAsync(One);
        await using var edge = await StartAsync();
        Assert.Null(await FindAsync(edge, Other));

        var edited = await EditAsync(One, Other);
        var keeper = edge.Get<AccountKeeper>();
        if (changes) Assert.Contains($"did not close {edited.Facts.Url}", (await Assert.ThrowsAsync<AcmeAccountException>(() => keeper.DeactivateAsync(edge.Session, _settings.Provider, Other, Token))).Message, StringComparison.Ordinal);
        else Assert.NotNull(await keeper.AloneAsync(edge.Session, _settings.Provider, Other, (_, record) => Task.FromResult(record), Token));
    }

    /// <summary>Whose account it was nobody can say, and so nothing finds it.</summary>
    [Fact]
    public async Task A_new_record_without_a_key_is_read_once()
    {
        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        Assert.Null(await FindAsync(edge, One));
        var before = counted.Reads;

        var key = new RecordKey(RecordKind.Account, $"{_settings.Provider.Ca.RecordName}/lost");
        await PutAsync(new StoreRecord(key, default, new RecordContent([RecordCodec.Text(AccountRecord.FactsPart, "damaged")])));
        for (var look = 0; look < 3; look++) Assert.Null(await FindAsync(edge, One));
        Assert.Equal(1, counted.Reads - before);
    }

    [Fact]
    public async Task One_that_a_hand_takes_away_is_there_no_more_and_what_lies_in_its_place_is_found_at_once()
    {
        await RegisterAsync(One);
        var former = await TakeAsync(One);
        await RegisterAsync(One);
        await using var edge = await StartAsync();
        var present = await FindAsync(edge, One);

        var taken = await TakeAsync(One);
        await PutAsync(former);
        Assert.Equal((present!.Key, former.Key), (taken.Key, (await FindAsync(edge, One))!.Key));

        await TakeAsync(One);
        Assert.Null(await FindAsync(edge, One));
    }

    [Fact]
    public async Task One_that_a_hand_damages_holds_its_account_and_mended_it_is_used()
    {
        await RegisterAsync(One, Other);
        await using var edge = await StartAsync();
        Assert.NotNull(await FindAsync(edge, Other));
        var whole = Read(One);

        _store.Damage(whole.Key, AccountRecord.FactsPart);
        Assert.NotNull(await FindAsync(edge, Other));
        await Assert.ThrowsAsync<DamagedRecordException>(() => FindAsync(edge, One));

        // From now on nobody knows whose it is.
        await Assert.ThrowsAsync<DamagedRecordException>(() => FindAsync(edge, Other));
        await Assert.ThrowsAsync<DamagedRecordException>(() => FindAsync(edge, "third@example.test"));

        await PutAsync(whole);
        foreach (var mail in new[] { Other, One }) Assert.Equal(mail, (await FindAsync(edge, mail))!.Facts.Email);
    }

    [Fact]
    public async Task One_that_says_another_directory_holds_all_accounts_of_its_ca()
    {
        await RegisterAsync(One, Other);
        _store.Damage(Read(One).Key, "provider", "https://elsewhere.test/directory\n"u8.ToArray());
        await using var edge = await StartAsync();

        await Assert.ThrowsAsync<HeldException>(() => FindAsync(edge, Other));
    }

    /// <summary>Without anybody's asking; what was written before somebody asked is found at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_address_that_a_hand_writes_into_a_record_is_found_within_seconds(bool isAsked)
    {
        await RegisterAsync(One);
        await using var edge = await StartAsync();
        Assert.NotNull(await FindAsync(edge, One));

        var edited = await EditAsync(One, Other);
        if (isAsked) edge.Get<AccountKeeper>().LookAgain();
        else _time.Advance(KnownAccounts.BetweenLists);

        Assert.Equal(edited.Key, (await FindAsync(edge, Other))!.Key);
        Assert.Null(await FindAsync(edge, One));
    }

    [Fact]
    public async Task A_record_whose_write_may_have_failed_is_found()
    {
        var broken = new Broken(_store);
        await using var edge = await StartAsync(broken);
        Assert.Null(await FindAsync(edge, One));
        var records = edge.Get<AccountRecords>();
        var record = AccountRecord.Create(_settings.Provider.DirectoryUrl, One, AcmeAccountKey.Create(), _time.GetUtcNow());

        broken.IsBroken = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => records.SaveAsync(edge.Session, record, Token));
        broken.IsBroken = false;

        Assert.Equal(record.Key, (await FindAsync(edge, One))!.Key);
    }

    [Fact]
    public async Task A_change_of_key_that_broke_off_leaves_the_new_one_in_the_same_session_too()
    {
        await RegisterAsync(One);
        await using var edge = await StartAsync();
        var pending = (await FindAsync(edge, One))! with { NextPrivateKeyPem = AcmeAccountKey.Create().ToPem() };
        var records = edge.Get<AccountRecords>();
        await records.SaveAsync(edge.Session, pending, Token);

        // The record of the new key is written, and the old one is not deleted.
        var writes = 0;
        _store.BeforeWrite = _ => writes = writes == 0 ? 1 : throw new StoreUnavailableException("gone");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => records.ChangeAsync(edge.Session, pending, _settings.Provider, Token));
        _store.BeforeWrite = _ => { };
        Assert.Equal(2, _store.All(RecordKind.Account).Count);

        Assert.Equal(pending.Changed().Key, (await FindAsync(edge, One))!.Key);
        Assert.Equal(pending.Changed().Key, Assert.Single(_store.All(RecordKind.Account)).Key);
    }

    [Fact]
    public async Task Another_session_begins_anew()
    {
        await RegisterAsync(One, Other);
        var taken = await TakeAsync(Other);
        await using var edge = await StartAsync();
        Assert.Null(await FindAsync(edge, Other));
        var lease = edge.Get<StateLease>();

        await lease.GiveBackAsync("a test");
        await PutAsync(taken);
        Assert.True(await lease.TryTakeAsync(Token));

        Assert.NotNull(await FindAsync(edge, Other));
    }

    [Fact]
    public async Task Who_made_an_order_is_found_by_its_url_among_damaged_ones()
    {
        await RegisterAsync(One, Other);
        var taken = await TakeAsync(Other);
        var url = AccountRecord.Read(taken).Facts.Url!;
        _store.Damage(Read(One).Key, AccountRecord.FactsPart);
        await using var edge = await StartAsync();
        Assert.Null(await FindByUrlAsync());

        await PutAsync(taken);
        Assert.Equal(Other, (await FindByUrlAsync())!.Facts.Email);

        Task<AccountRecord?> FindByUrlAsync() => edge.Get<AccountRecords>().FindByUrlAsync(edge.Session, _settings.Provider, url, Token);
    }

    /// <summary>Only where none is found it may be the one.</summary>
    [Theory]
    [InlineData(One, Other)]
    [InlineData(Other, One)]
    public async Task Who_made_an_order_is_found_by_its_url_beside_one_that_cannot_be_read_now(string hidden, string wanted)
    {
        await RegisterAsync(One, Other);
        var (url, unread) = (AccountRecord.Read(Read(wanted)).Facts.Url!, Read(hidden));
        _store.Shown = record => record.Key == unread.Key ? new StoreRecord(record.Key, record.Version, new RecordContent([])) { Error = "The disk does not answer.", IsUnread = true } : record;
        await using var edge = await StartAsync();

        Assert.Equal(wanted, (await FindByUrlAsync(url))!.Facts.Email);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => FindByUrlAsync(AccountRecord.Read(unread).Facts.Url!));

        Task<AccountRecord?> FindByUrlAsync(string of) => edge.Get<AccountRecords>().FindByUrlAsync(edge.Session, _settings.Provider, of, Token);
    }

    [Fact]
    public async Task A_list_of_one_ca_that_hangs_holds_nobody_at_another_one()
    {
        await RegisterAsync(One);
        var (flaky, hung) = (new FlakyStore(_store), new TaskCompletionSource());
        await using var edge = await StartAsync(flaky);
        flaky.Listing = _ => hung.Task;
        var hanging = FindAsync(edge, One);
        flaky.Listing = _ => Task.CompletedTask;

        var elsewhere = edge.Get<AccountRecords>().FindAsync(edge.Session, _settings.Provider with { DirectoryUrl = "https://elsewhere.test/directory" }, One, Token);
        Assert.Equal((true, false), (elsewhere.IsCompletedSuccessfully, hanging.IsCompleted));

        hung.SetResult();
        Assert.NotNull(await hanging);
    }

    [Fact]
    public async Task A_list_that_somebody_made_while_one_was_looked_for_is_looked_into()
    {
        await using var edge = await StartAsync();
        var known = edge.Get<KnownAccounts>();
        Assert.Null(await FindAsync(edge, One));
        _time.Advance(KnownAccounts.BetweenLists);

        var looks = 0;
        var found = await known.SearchAsync(edge.Session, _settings.Provider, LookAsync, found => found, Token);

        Assert.Equal((true, 2), (found, looks));

        async Task<bool> LookAsync()
        {
            if (++looks > 1) return true;

            Assert.Null(await FindAsync(edge, Other));
            return false;
        }
    }

    private static Task<AccountRecord?> FindAsync(Edge edge, string mail) => edge.Get<AccountRecords>().FindAsync(edge.Session, new TestSettings().Provider, mail, Token);

    private Task<Edge> StartAsync(IAcmeStore? store = null) => Edge.StartAsync(_time, _ca, _settings, store ?? _store, []);

    /// <summary>By a process before.</summary>
    private async Task RegisterAsync(params string[] mails)
    {
        await using var edge = await StartAsync();
        foreach (var mail in mails) await edge.AccountAsync(_settings.Provider, mail);
    }

    private StoreRecord Read(string mail) => _store.All(RecordKind.Account).Single(record => AccountRecord.Read(record).Facts.Email == mail);

    private async Task<StoreRecord> TakeAsync(string mail)
    {
        var taken = Read(mail);
        await _store.DeleteAsync(new StoreDeletion(taken.Key), Token);
        return taken;
    }

    private async Task<AccountRecord> EditAsync(string mail, string other)
    {
        var record = AccountRecord.Read(Read(mail));
        var edited = record with { Facts = record.Facts with { Email = other } };
        await _store.WriteAsync(new StoreWrite(edited.Key, edited.Write()), Token);
        return edited;
    }

    private async Task PutAsync(StoreRecord record) => await _store.WriteAsync(new StoreWrite(record.Key, record.Content), Token);

    /// <summary>Writes, and says that it could not.</summary>
    private sealed class Broken(IAcmeStore inner) : DelegatingStore(inner)
    {
        public bool IsBroken { get; set; }

        public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
        {
            var version = await base.WriteAsync(write, cancellationToken);
            return IsBroken ? throw new StoreUnavailableException("the connection was lost") : version;
        }
    }
}
