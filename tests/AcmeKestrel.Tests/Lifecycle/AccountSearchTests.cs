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
    public async Task One_that_is_not_there_is_looked_for_among_all_no_more_often_than_each_five_seconds()
    {
        await RegisterAsync(One);
        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        var before = counted.Lists;

        for (var second = 0; second < 10; second++)
        {
            foreach (var mail in new[] { "a@example.test", "b@example.test" }) Assert.Null(await FindAsync(edge, mail));
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(2, counted.Lists - before);
    }

    /// <summary>Without anybody's asking within seconds; what was there before somebody asked is found at once.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_record_that_a_hand_puts_in_is_used(bool isAsked)
    {
        await RegisterAsync(One, Other);
        var taken = await TakeAsync(Other);
        await using var edge = await StartAsync();
        Assert.Null(await FindAsync(edge, Other));

        await PutAsync(taken);
        if (isAsked) edge.Get<AccountKeeper>().LookAgain();
        else _time.Advance(TimeSpan.FromSeconds(5));
        edge.Wish(Wishes.Of("shop.test") with { Email = Other });
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        Assert.Equal(2, _store.All(RecordKind.Account).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_an_operator_asks_of_an_account_finds_what_was_put_there_a_moment_before(bool changes)
    {
        await RegisterAsync(One, Other);
        var taken = await TakeAsync(Other);
        await using var edge = await StartAsync();
        Assert.Null(await FindAsync(edge, Other));

        await PutAsync(taken);
        var keeper = edge.Get<AccountKeeper>();
        if (changes) Assert.Contains($"did not close {AccountRecord.Read(taken).Facts.Url}", (await Assert.ThrowsAsync<AcmeAccountException>(() => keeper.DeactivateAsync(edge.Session, _settings.Provider, Other, Token))).Message, StringComparison.Ordinal);
        else Assert.NotNull(await keeper.AloneAsync(edge.Session, _settings.Provider, Other, (_, record) => Task.FromResult(record), Token));
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

    [Fact]
    public async Task Another_address_that_a_hand_writes_into_a_record_is_found_within_seconds()
    {
        await RegisterAsync(One);
        await using var edge = await StartAsync();
        var record = (await FindAsync(edge, One))!;

        await _store.WriteAsync(new StoreWrite(record.Key, (record with { Facts = record.Facts with { Email = Other } }).Write()), Token);
        _time.Advance(KnownAccounts.BetweenLists);

        Assert.Equal(record.Key, (await FindAsync(edge, Other))!.Key);
        Assert.Null(await FindAsync(edge, One));
    }

    /// <summary>Each is read once more before it is taken, rebuilt under its own name, and what is gone by then is no reason to list again.</summary>
    [Fact]
    public async Task Keys_that_lie_alone_go_to_one_account_each()
    {
        string[] mails = ["a@example.test", "b@example.test", "c@example.test"];
        await RegisterAsync(mails);
        var all = new List<StoreRecord>();
        foreach (var mail in mails) all.Add(await TakeAsync(mail));
        foreach (var taken in all) await PutAsync(Alone($"{AccountRecord.Read(taken).Thumbprint}-found", AccountRecord.Read(taken).OpenKey()));

        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        var before = (counted.Reads, counted.Lists);
        foreach (var mail in mails) Assert.Equal(mail, (await FindAsync(edge, mail))!.Facts.Email);

        Assert.Equal(3, _store.All(RecordKind.Account).Select(AccountRecord.Read).Select(record => record.Thumbprint).Distinct().Count());
        Assert.Equal((6, 1), (counted.Reads - before.Reads, counted.Lists - before.Lists));
    }

    /// <summary>Both read the same key before one of them takes it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_key_that_lies_alone_goes_to_one_of_two_accounts_that_want_it_at_once(int keys)
    {
        for (var key = 0; key < keys; key++) await PutAsync(Alone($"found{key}", AcmeAccountKey.Create()));
        await using var edge = await StartAsync(new ReadTogether(_store));

        var found = await Task.WhenAll(FindAsync(edge, One), FindAsync(edge, Other));

        Assert.Equal(keys, found.Count(record => record is not null));
        Assert.Equal(found.OfType<AccountRecord>().Select(Said).Order(), _store.All(RecordKind.Account).Select(AccountRecord.Read).Select(Said).Order());

        static string Said(AccountRecord record) => $"{record.Thumbprint} {record.Facts.Email}";
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
        Assert.Null(await FindByUrlAsync());
        _time.Advance(KnownAccounts.BetweenLists);
        Assert.Equal(Other, (await FindByUrlAsync())!.Facts.Email);

        Task<AccountRecord?> FindByUrlAsync() => edge.Get<AccountRecords>().FindByUrlAsync(edge.Session, _settings.Provider, url, Token);
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

    private StoreRecord Alone(string name, AcmeAccountKey key)
    {
        var whole = AccountRecord.Create(_settings.Provider.DirectoryUrl, null, key, _time.GetUtcNow());
        return new StoreRecord(new RecordKey(RecordKind.Account, $"{whole.Account.Ca.RecordName}/{name}"), default, new RecordContent([.. whole.Write().Parts.Where(part => part.Name == AccountRecord.KeyPart)]));
    }

    private StoreRecord Read(string mail) => _store.All(RecordKind.Account).Single(record => AccountRecord.Read(record).Facts.Email == mail);

    private async Task<StoreRecord> TakeAsync(string mail)
    {
        var taken = Read(mail);
        await _store.DeleteAsync(new StoreDeletion(taken.Key), Token);
        return taken;
    }

    private async Task PutAsync(StoreRecord record) => await _store.WriteAsync(new StoreWrite(record.Key, record.Content), Token);

    /// <summary>Whoever reads an account first learns what it says when somebody else has read one, too.</summary>
    private sealed class ReadTogether(IAcmeStore inner) : DelegatingStore(inner)
    {
        private readonly TaskCompletionSource _both = new();
        private int _reads;

        public override async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
        {
            var read = await base.ReadAsync(key, cancellationToken);
            if (key.Kind != RecordKind.Account) return read;

            if (++_reads == 2) _both.SetResult();
            await _both.Task;
            return read;
        }
    }

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
