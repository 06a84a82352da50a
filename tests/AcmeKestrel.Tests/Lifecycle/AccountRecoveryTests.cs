using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What can be had back of an account: all of it by its key; without the key another one, with what that means told (RFC 8555 section 7.3.1, RFC 8657).</summary>
public sealed class AccountRecoveryTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();
    private readonly ToldLog _log = new();

    public AccountRecoveryTests() => _world.Log = _log;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task By_its_key_alone_the_account_is_found_and_its_record_is_whole_again(bool hasItsName, bool hasItsProvider)
    {
        await _world.SeedAsync();
        var before = _world.Record;
        await LeaveAsync(hasItsName ? before.Key : new RecordKey(RecordKind.Account, before.Key.Name[..(before.Key.Name.LastIndexOf('/') + 1)] + "restored"), hasItsProvider ? ["privkey", "provider"] : ["privkey"]);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        var after = _world.Record;
        Assert.Equal((before.Key, before.Facts.Url, before.PrivateKeyPem, before.DirectoryUrl, AccountEdge.Email), (after.Key, after.Facts.Url, after.PrivateKeyPem, after.DirectoryUrl, after.Facts.Email));
        Assert.Single(_world.Requests, request => request == "new-account");
        Assert.True(_log.ToldAsync($"The account {before.Facts.Url} is found by its key").IsCompleted);
        Assert.False(_log.ToldAsync("from now on, and was").IsCompleted);
    }

    [Fact]
    public async Task On_disk_a_folder_with_the_key_is_enough()
    {
        using var folder = new StateFolder(_world.Time);
        var store = folder.Open();
        await using (var first = await Edge.StartAsync(_world.Time, new TestCa(_world.Time), _world.Settings, store, [], _world.Ca.CreateHandler)) await first.AccountAsync(_world.Settings.Provider, AccountEdge.Email);
        var account = Path.GetDirectoryName(Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "accounts"), "privkey", SearchOption.AllDirectories), file => File.ResolveLinkTarget(Path.GetDirectoryName(file)!, false) is null))!;
        foreach (var file in Directory.GetFiles(account).Where(file => Path.GetFileName(file) != "privkey")) File.Delete(file);

        await using var edge = await Edge.StartAsync(_world.Time, new TestCa(_world.Time), _world.Settings, store, [Wishes.Of("new.test")], _world.Ca.CreateHandler);
        var status = await edge.SettleAsync("new.test");
        Assert.Equal((AcmeCertificateState.Served, null), (status.State, status.Reason));

        Assert.True(File.Exists(Path.Combine(account, "account.json")));
        Assert.Equal(_world.Ca.DirectoryUrl, File.ReadAllText(Path.Combine(account, "provider")).Trim());
    }

    [Fact]
    public async Task A_key_that_the_ca_does_not_know_is_registered()
    {
        using var key = AcmeAccountKey.Create();
        var name = new RecordKey(RecordKind.Account, $"{new CaKey(_world.Ca.DirectoryUrl).RecordName}/{key.Thumbprint}");
        await _world.Store.WriteAsync(new StoreWrite(name, new RecordContent([new RecordPart("privkey", System.Text.Encoding.ASCII.GetBytes(key.ToPem()), secret: true)])), Token);

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("shop.test")).State);

        Assert.Equal((key.Thumbprint, await _world.OpenAsync(key)), (_world.Record.Thumbprint, _world.Record.Facts.Url));
    }

    /// <summary>The binding was spent when the account was registered: the key is all that it takes.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_ca_wants_an_external_account_the_key_alone_opens_it_without_another_binding(bool failsAtFirst)
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Settings.NeedsExternalAccount = _world.Options.ExternalAccountRequired = true;
        await LeaveAsync(before.Key, ["privkey"]);
        if (failsAtFirst)
        {
            _world.Answer = (request, next) => request.Resource == "new-account" ? AccountEdge.Problem(503, "serverInternal", "busy") : next(request);
            await using var early = await _world.StartAsync(Wishes.Of("new.test"));
            await early.RunAsync(TimeSpan.FromMinutes(1));
            Assert.Null(_world.Record.Facts.Url);
            _world.Answer = (request, next) => next(request);
        }

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.Equal(before.Facts.Url, _world.Record.Facts.Url);
    }

    [Fact]
    public async Task A_key_without_an_account_that_wants_a_binding_is_asked_for_once_a_day_and_the_setting_is_named()
    {
        (_world.Settings.NeedsExternalAccount, _world.Options.ExternalAccountRequired) = (true, true);
        _world.Options.ExternalAccounts["kid-1"] = "secret-secret-secret-secret"u8.ToArray();
        using var key = AcmeAccountKey.Create();
        var name = new RecordKey(RecordKind.Account, $"{new CaKey(_world.Ca.DirectoryUrl).RecordName}/{key.Thumbprint}");
        await _world.Store.WriteAsync(new StoreWrite(name, new RecordContent([new RecordPart("privkey", System.Text.Encoding.ASCII.GetBytes(key.ToPem()), secret: true)])), Token);

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"), Wishes.Of("other.test"));
        await edge.RunAsync(TimeSpan.FromHours(23));
        Assert.Equal(AcmeCertificateState.Held, edge.Status("shop.test").State);
        Assert.Contains("EabKeyId", edge.Status("shop.test").Reason, StringComparison.Ordinal);
        Assert.Single(_world.Requests, request => request == "new-account");
        Assert.DoesNotContain("new-order", _world.Requests);

        _world.Settings.EabKeyId = "kid-1";
        edge.Wake(["shop.test", "other.test"]);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((AcmeCertificateState.Served, key.Thumbprint), (edge.Status("shop.test").State, _world.Record.Thumbprint));
    }

    [Fact]
    public async Task A_key_that_is_none_is_held_and_left_alone()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        await LeaveAsync(before.Key, ["privkey"]);
        _world.Store.Damage(before.Key, "privkey");

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        var status = await edge.SettleAsync("new.test");

        Assert.Equal(AcmeCertificateState.Held, status.State);
        Assert.Contains(before.Key.ToString(), status.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("new-account", _world.Requests);
        Assert.Equal("damaged"u8.ToArray(), Assert.Single(_world.Store.All(RecordKind.Account)).Content.Find("privkey")!.Value.ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_key_means_another_account_and_what_to_change_is_told(bool hasFacts)
    {
        await _world.SeedAsync();
        var before = _world.Record;
        if (hasFacts) await LeaveAsync(before.Key, ["account.json", "provider"]);
        else await _world.Store.DeleteAsync(new StoreDeletion(before.Key), Token);

        await using var edge = await _world.StartAsync(Wishes.Of("shop.test"), Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);

        var after = _world.Store.All(RecordKind.Account).Where(record => record.Content.Find("privkey") is not null).Select(AccountRecord.Read).Single();
        Assert.NotEqual(before.Facts.Url, after.Facts.Url);
        Assert.True(_log.ToldAsync($"The account at test is {after.Facts.Url} from now on, and was {before.Facts.Url}: change accounturi in CAA").IsCompleted);
        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);

        // By its age, and by the other account.
        await edge.RunAsync(TimeSpan.FromDays(62));
        Assert.Equal(after.Facts.Url, edge.Published.Current["shop.test"].Origin.AccountUrl);
    }

    [Fact]
    public async Task An_account_that_the_ca_lost_is_told_too()
    {
        var ca = new TestCa(_world.Time);
        var settings = new TestSettings();
        await using var edge = await Edge.StartAsync(_world.Time, ca, settings, _world.Store, [Wishes.Of("shop.test")], log: _log);
        await edge.SettleAsync("shop.test");
        var before = _world.Record.Facts.Url;
        ca.LoseEverything();

        edge.Wish(Wishes.Of("new.test"));
        await edge.RunAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.True(_log.ToldAsync($"The account at test is {_world.Record.Facts.Url} from now on, and was {before}").IsCompleted);
    }

    [Fact]
    public async Task A_second_account_is_nobodys_successor()
    {
        await _world.SeedAsync();

        await using var edge = await _world.StartAsync(Wishes.Of("new.test") with { Email = "other@example.test" });
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        Assert.Equal(2, _world.Store.All(RecordKind.Account).Count);
        Assert.False(_log.ToldAsync("from now on, and was").IsCompleted);
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_not_lost()
    {
        await _world.SeedAsync();
        _world.Store.Shown = record => record.Key.Kind == RecordKind.Account ? record with { Content = new RecordContent(record.Content.Parts.Where(part => part.Name != "privkey").ToList()), Error = "the file server is away", IsUnread = true } : record;

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync("new.test")).State);

        Assert.DoesNotContain("new-account", _world.Requests);
        Assert.Single(_world.Store.All(RecordKind.Account));
    }

    /// <summary>Of the account's record only these parts are left, under this name.</summary>
    private async Task LeaveAsync(RecordKey name, string[] parts)
    {
        var whole = Assert.Single(_world.Store.All(RecordKind.Account));
        await _world.Store.DeleteAsync(new StoreDeletion(whole.Key), Token);
        await _world.Store.WriteAsync(new StoreWrite(name, new RecordContent([.. whole.Content.Parts.Where(part => parts.Contains(part.Name))])), Token);
    }
}
