using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A key that lies there without a record is anybody's, and one account's in the end.</summary>
public sealed class AccountKeyAloneTests
{
    private const string One = "one@example.test";
    private const string Other = "other@example.test";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
    private readonly TestStore _store;
    private readonly TestSettings _settings = new();

    public AccountKeyAloneTests() => _store = new TestStore(_time);

    /// <summary>Each is read once more before it is taken, its own name is looked at before it is rebuilt under that, and what is gone by then is no reason to list again.</summary>
    [Fact]
    public async Task Keys_that_lie_alone_go_to_one_account_each()
    {
        for (var key = 0; key < 3; key++) await PutAloneAsync($"found{key}");
        var counted = new CountingStore(_store);
        await using var edge = await StartAsync(counted);
        var before = (counted.Reads, counted.Lists);
        foreach (var mail in new[] { One, Other, "third@example.test" }) Assert.Equal(mail, (await FindAsync(edge, mail))!.Facts.Email);

        Assert.Equal(3, _store.All(RecordKind.Account).Select(AccountRecord.Read).Select(record => record.Thumbprint).Distinct().Count());
        Assert.Equal((9, 1), (counted.Reads - before.Reads, counted.Lists - before.Lists));
    }

    /// <summary>Both read the same key before one of them takes it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_key_that_lies_alone_goes_to_one_of_two_accounts_that_want_it_at_once(int keys)
    {
        for (var key = 0; key < keys; key++) await PutAloneAsync($"found{key}");
        await using var edge = await StartAsync(new ReadTogether(_store));

        var found = await Task.WhenAll(FindAsync(edge, One), FindAsync(edge, Other));

        Assert.Equal(keys, found.Count(record => record is not null));
        Assert.Equal(found.OfType<AccountRecord>().Select(Said).Order(), _store.All(RecordKind.Account).Select(AccountRecord.Read).Select(Said).Order());

        static string Said(AccountRecord record) => $"{record.Thumbprint} {record.Facts.Email}";
    }

    /// <summary>By then it has a record under its own name, and still lies where it was found: it would go to the next one as well, and the account with it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_whose_taking_broke_off_stays_with_whoever_took_it(int keys)
    {
        for (var key = 0; key < keys; key++) await PutAloneAsync($"found{key}");
        await using (var killed = await StartAsync(new FlakyStore(_store) { Deleting = _ => throw new StoreUnavailableException("Killed.") }))
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => FindAsync(killed, One));
        }

        var taken = AccountRecord.Read(Assert.Single(_store.All(RecordKind.Account), record => !AccountRemains.IsKeyAlone(record)));
        await using var edge = await StartAsync(_store);
        var other = await FindAsync(edge, Other);

        Assert.Equal(keys == 2, other is not null);
        Assert.Equal(taken.Thumbprint, (await FindAsync(edge, One))?.Thumbprint);
        Assert.Equal(keys, _store.All(RecordKind.Account).Select(AccountRecord.Read).Select(record => record.Thumbprint).Distinct().Count());
    }

    private Task<Edge> StartAsync(IAcmeStore store) => Edge.StartAsync(_time, new TestCa(_time), _settings, store, []);

    private Task<AccountRecord?> FindAsync(Edge edge, string mail) => edge.Get<AccountRecords>().FindAsync(edge.Session, _settings.Provider, mail, TestContext.Current.CancellationToken);

    private async Task PutAloneAsync(string name)
    {
        var key = new RecordKey(RecordKind.Account, $"{_settings.Provider.Ca.RecordName}/{name}");
        using var pair = AcmeAccountKey.Create();
        await _store.WriteAsync(new StoreWrite(key, new RecordContent([RecordCodec.Text(AccountRecord.KeyPart, pair.ToPem(), secret: true)])), TestContext.Current.CancellationToken);
    }

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
}
