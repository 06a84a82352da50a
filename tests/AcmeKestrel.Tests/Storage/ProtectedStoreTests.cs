using System.Text;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Conformance;
using AcmeKestrel.Storage.Engine;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A store whose secret parts are encrypted is the same store to whoever has the keys.</summary>
public sealed class ProtectedStoreTests : StoreConformanceTests, IDisposable
{
    private static readonly RecordKey Account = new(RecordKind.Account, "ca.test/thumbprint");

    private readonly SettableTime _time = new(DateTimeOffset.UtcNow);
    private readonly MemoryStore _inner;
    private readonly MemoryXml _ring = new();
    private readonly ServiceProvider _keys;

    public ProtectedStoreTests()
    {
        _inner = new MemoryStore(_time);
        _keys = Keys(_ring);
        Store = new ProtectedStore(_inner, _keys.GetRequiredService<IDataProtectionProvider>());
    }

    protected override IAcmeStore Store { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_sees_no_secret_and_all_the_rest()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);

        var kept = (await _inner.ReadAsync(Account, Token))!.Content;
        Assert.DoesNotContain("key", Text(kept, "privkey"), StringComparison.Ordinal);
        Assert.Equal("account", Text(kept, "account.json"));
        Assert.True(kept.Parts.Single(part => part.Name == "privkey").Secret);
        Assert.Equal("key", Text((await Store.ReadAsync(Account, Token))!.Content, "privkey"));
    }

    [Fact]
    public async Task What_the_keys_do_not_open_is_unread_and_names_the_part()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        using var others = Keys(new MemoryXml());

        var record = (await new ProtectedStore(_inner, others.GetRequiredService<IDataProtectionProvider>()).ReadAsync(Account, Token))!;

        Assert.True(record.IsUnread);
        Assert.StartsWith("privkey of account/ca.test/thumbprint is encrypted", record.Error, StringComparison.Ordinal);
        Assert.Equal("account.json", Assert.Single(record.Content.Parts).Name);
    }

    /// <summary>The setting is missing on one machine.</summary>
    [Fact]
    public async Task Whoever_encrypts_nothing_is_told_what_is_encrypted_and_has_the_rest()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        var open = new RecordKey(RecordKind.Account, "ca.test/open");
        await _inner.WriteAsync(new StoreWrite(open, Content("key")), Token);
        var plain = new PlainStore(_inner);

        var record = (await plain.ReadAsync(Account, Token))!;
        Assert.True(record.IsUnread);
        Assert.Equal("privkey of account/ca.test/thumbprint is encrypted, and this process opens nothing (Acme:Store:ProtectSecrets)", record.Error);
        Assert.Equal("account.json", Assert.Single(record.Content.Parts).Name);
        var listed = new List<(string Name, bool IsUnread)>();
        await foreach (var each in plain.ListAsync(new StoreQuery(RecordKind.Account), Token)) listed.Add((each.Key.Name, each.IsUnread));
        Assert.Equal([("ca.test/open", false), ("ca.test/thumbprint", true)], listed.OrderBy(each => each.Name, StringComparer.Ordinal));
        Assert.Equal("key", Text((await plain.ReadAsync(open, Token))!.Content, "privkey"));
    }

    /// <summary>It would hold every name, and keep those from ordering who can.</summary>
    [Fact]
    public async Task Whoever_has_other_keys_than_the_accounts_takes_no_lease_and_leaves_it_to_the_next()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        using var others = Keys(new MemoryXml());
        var closed = new ProtectedStore(_inner, others.GetRequiredService<IDataProtectionProvider>());
        var (theirs, ours) = (new StoreLeaseRequest("state", "other", TimeSpan.FromMinutes(5)), new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)));

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => closed.TryLeaseAsync(theirs, Token).AsTask());
        Assert.Contains("privkey of account/ca.test/thumbprint is encrypted, and the Data Protection keys of this process do not open it", refused.Message, StringComparison.Ordinal);
        var lease = await Store.TryLeaseAsync(ours, Token);
        Assert.NotNull(lease);

        // It is asked anew each time: keys may come, and accounts may go.
        Assert.Null(await closed.TryLeaseAsync(theirs, Token));
        await lease.DisposeAsync();
        await _inner.DeleteAsync(new StoreDeletion(Account), Token);
        Assert.NotNull(await closed.TryLeaseAsync(theirs, Token));
    }

    /// <summary>What nobody opens any more would keep all machines from all other CAs.</summary>
    [Fact]
    public async Task One_account_that_is_lost_keeps_nobody_from_the_state()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("lost")), Token);
        using var others = Keys(new MemoryXml());
        var store = new ProtectedStore(_inner, others.GetRequiredService<IDataProtectionProvider>());
        await store.WriteAsync(new StoreWrite(new RecordKey(RecordKind.Account, "other.test/thumbprint"), Content("key")), Token);

        Assert.NotNull(await store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token));
    }

    [Fact]
    public async Task Whoever_replaces_the_whole_state_takes_the_lease_all_the_same()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        using var others = Keys(new MemoryXml());
        var closed = new ProtectedStore(_inner, others.GetRequiredService<IDataProtectionProvider>());

        Assert.NotNull(await closed.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)) { ReplacesClosed = true }, Token));
    }

    [Fact]
    public async Task A_secret_that_somebody_moves_to_another_record_is_worth_nothing()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        var other = new RecordKey(RecordKind.Account, "ca.test/other");
        await _inner.WriteAsync(new StoreWrite(other, (await _inner.ReadAsync(Account, Token))!.Content), Token);

        Assert.NotNull((await Store.ReadAsync(other, Token))!.Error);
    }

    [Fact]
    public async Task What_was_there_before_is_read_and_encrypted_on_request()
    {
        await _inner.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        var fence = (await Store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token))!.Fence;
        var secrets = Store.FindAbility<IProtectedSecrets>()!;
        Assert.Equal("key", Text((await Store.ReadAsync(Account, Token))!.Content, "privkey"));

        Assert.True(await secrets.ProtectAnewAsync(Account, fence, Token));
        Assert.False(await secrets.ProtectAnewAsync(Account, fence, Token));

        Assert.DoesNotContain("key", Text((await _inner.ReadAsync(Account, Token))!.Content, "privkey"), StringComparison.Ordinal);
        Assert.Equal("key", Text((await Store.ReadAsync(Account, Token))!.Content, "privkey"));
    }

    [Fact]
    public async Task A_key_that_is_revoked_still_opens_what_it_closed_until_that_is_closed_anew()
    {
        await Store.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        var fence = (await Store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token))!.Fence;
        var ring = _keys.GetRequiredService<IKeyManager>();
        ring.RevokeAllKeys(DateTimeOffset.UtcNow, "they were seen");
        ring.CreateNewKey(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));

        // A ring is read anew after a restart, or a day.
        using var restarted = Keys(_ring);
        var store = new ProtectedStore(_inner, restarted.GetRequiredService<IDataProtectionProvider>());
        Assert.Equal("key", Text((await store.ReadAsync(Account, Token))!.Content, "privkey"));
        Assert.True(await store.ProtectAnewAsync(Account, fence, Token));
        Assert.False(await store.ProtectAnewAsync(Account, fence, Token));
        Assert.Equal("key", Text((await store.ReadAsync(Account, Token))!.Content, "privkey"));
    }

    [Fact]
    public async Task Whoever_lost_the_state_closes_nothing_anew()
    {
        await _inner.WriteAsync(new StoreWrite(Account, Content("key")), Token);
        var fence = (await Store.TryLeaseAsync(new StoreLeaseRequest("state", "me", TimeSpan.FromMinutes(5)), Token))!.Fence;
        _time.Advance(TimeSpan.FromMinutes(6));
        Assert.NotNull(await Store.TryLeaseAsync(new StoreLeaseRequest("state", "other", TimeSpan.FromMinutes(5)), Token));

        Assert.False(await Store.FindAbility<IProtectedSecrets>()!.ProtectAnewAsync(Account, fence, Token));
    }

    public void Dispose() => _keys.Dispose();

    protected override IAcmeStore OpenAnother() => Store;

    protected override void SetTimeOfDay(TimeSpan by) => _time.Set(by);

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }

    private static ServiceProvider Keys(MemoryXml ring)
    {
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("edge");
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = ring);
        return services.BuildServiceProvider();
    }

    private static RecordContent Content(string key) => new([new RecordPart("account.json", Encoding.UTF8.GetBytes("account")), new RecordPart("privkey", Encoding.UTF8.GetBytes(key), secret: true)]);

    private static string Text(RecordContent content, string part) => Encoding.UTF8.GetString(content.Find(part)!.Value.Span);

    private sealed class MemoryXml : Microsoft.AspNetCore.DataProtection.Repositories.IXmlRepository
    {
        private readonly List<System.Xml.Linq.XElement> _elements = [];

        public IReadOnlyCollection<System.Xml.Linq.XElement> GetAllElements() => [.. _elements];

        public void StoreElement(System.Xml.Linq.XElement element, string friendlyName) => _elements.Add(element);
    }
}
