using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Protocol;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 8555 section 7.3.5, and promise 6: no key is lost that the CA may have.</summary>
public sealed class AccountKeyChangeTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_account_stays_and_works_with_its_new_key()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email);

        var status = await edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);

        var after = _world.Record;
        Assert.NotEqual(before.Key, after.Key);
        Assert.Null(after.NextPrivateKeyPem);
        Assert.Equal((before.Facts.Url, after.Thumbprint, false), (status.AccountUrl, status.Thumbprint, status.IsChanging));
        Assert.Equal(after.OpenKey().Thumbprint, after.Thumbprint);
        Assert.Equal(before.Facts.Url, await _world.OpenAsync(after.OpenKey()));
        Assert.Null(await _world.OpenAsync(before.OpenKey()));
        Assert.Equal(["key-change", "new-account"], _world.Requests.Where(resource => resource is not ("directory" or "new-nonce")).Take(2));
        Assert.Single(_world.Store.All(RecordKind.Certificate));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);
    }

    [Fact]
    public async Task The_new_key_is_on_disk_and_secret_before_the_ca_hears_of_it()
    {
        await _world.SeedAsync();
        RecordPart? kept = null;
        _world.Answer = (request, next) =>
        {
            if (request.Resource == "key-change") kept = _world.Store.All(RecordKind.Account).Single().Content.Parts.Single(part => part.Name == "privkey.next");
            return next(request);
        };
        await using var edge = await _world.StartAsync();

        await edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);

        Assert.True(kept!.Secret);
        Assert.Equal(_world.Record.PrivateKeyPem, System.Text.Encoding.UTF8.GetString(kept.Bytes.Span));
    }

    [Fact]
    public async Task Killed_at_any_moment_the_account_works_afterwards_and_there_is_no_second_one()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            await world.SeedAsync();
            var (url, old) = (world.Record.Facts.Url, world.Record.OpenKey());

            var death = new Death(moment);
            await using (var dying = await world.StartAsync(death))
            {
                try
                {
                    await dying.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);
                }
                catch (Exception) when (death.HasCome)
                {
                    // Killed.
                }
            }

            await using var edge = await world.StartAsync(Wishes.Of("new.test"));
            var status = await edge.SettleAsync("new.test");

            Assert.True(status.State is AcmeCertificateState.Served, $"moment {moment}: {status.Reason}");
            await SettledAsync(world, edge);
            Assert.Equal((url, null), (world.Record.Facts.Url, world.Record.NextPrivateKeyPem));
            Assert.Equal(world.Record.OpenKey().Thumbprint, world.Record.Thumbprint);
            Assert.Equal(url, await world.OpenAsync(world.Record.OpenKey()));
            if (!death.HasCome)
            {
                Assert.True(moment > 10, "The decorators are not in the way of the change.");
                Assert.NotEqual(old.Thumbprint, world.Record.Thumbprint);
                return;
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_old_record_that_a_kill_left_goes_whichever_of_the_two_is_found_first(bool oldFirst)
    {
        await _world.SeedAsync();
        var old = _world.Record;
        AccountRecord pending;
        do pending = old with { NextPrivateKeyPem = AcmeAccountKey.Create().ToPem() };
        while (string.CompareOrdinal(old.Key.Name, pending.Changed().Key.Name) < 0 != oldFirst);
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = _world.Ca.DirectoryUrl, Handler = _world.Ca.CreateHandler(), TimeProvider = _world.Time });
        await client.OpenAccount(old.OpenKey(), old.Facts.Url!).ChangeKeyAsync(pending.OpenNextKey(), Token);
        await _world.Store.WriteAsync(pending.Key, pending.Write(), null, null, Token);
        await _world.Store.WriteAsync(pending.Changed().Key, pending.Changed().Write(), null, null, Token);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(pending.Changed().Thumbprint, Assert.Single(await edge.Get<IAcmeAccounts>().ListAsync(Token)).Thumbprint);
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        Assert.Equal(pending.Changed().Key, _world.Record.Key);
    }

    [Fact]
    public async Task A_lost_answer_is_settled_by_what_the_keys_open()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) =>
        {
            var reply = next(request);
            return request.Resource == "key-change" ? AccountEdge.Problem(500, "serverInternal", "lost") : reply;
        };
        await using var edge = await _world.StartAsync();

        var status = await _world.PassTimeAsync(edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token));

        Assert.NotEqual(before.Thumbprint, status.Thumbprint);
        Assert.Equal(before.Facts.Url, await _world.OpenAsync(_world.Record.OpenKey()));
    }

    [Fact]
    public async Task While_the_outcome_is_not_known_both_keys_stay_and_it_is_settled_before_the_next_order()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) =>
        {
            var reply = next(request);
            return request.Resource is "key-change" or "new-account" ? AccountEdge.Problem(500, "serverInternal", "lost") : reply;
        };
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));

        var change = edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);
        var open = await Assert.ThrowsAsync<AcmeAccountException>(() => _world.PassTimeAsync(change));

        Assert.Contains("not known yet", open.Message, StringComparison.Ordinal);
        Assert.Equal(before.PrivateKeyPem, _world.Record.PrivateKeyPem);
        Assert.NotNull(_world.Record.NextPrivateKeyPem);
        Assert.True(Assert.Single(await edge.Get<IAcmeAccounts>().ListAsync(Token)).IsChanging);

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.NotEqual(before.Thumbprint, _world.Record.Thumbprint);
        Assert.Equal(before.Facts.Url, _world.Record.Facts.Url);
    }

    [Theory]
    [InlineData(409, true)]
    [InlineData(409, false)]
    [InlineData(200, false)]
    [InlineData(500, false)]
    public async Task An_answer_is_not_believed_but_looked_at(int status, bool happened)
    {
        // 409 with our own account: a repeated request finds itself. 200 or 500 and no change: Pebble with a key that has an account.
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) =>
        {
            if (request.Resource != "key-change") return next(request);
            if (happened) next(request);
            var location = happened ? before.Facts.Url! : "https://ca.test/account/other";
            return AccountEdge.Problem(status, "conflict", "taken", ("Location", location));
        };
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));

        var change = edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);
        if (happened)
        {
            Assert.NotEqual(before.Thumbprint, (await change).Thumbprint);
        }
        else
        {
            var refused = await Assert.ThrowsAsync<AcmeAccountException>(() => _world.PassTimeAsync(change));
            Assert.Contains(status == 409 ? "did not change the key" : "not known yet", refused.Message, StringComparison.Ordinal);
            Assert.Equal((before.PrivateKeyPem, status == 409), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem is null));
        }

        Assert.Equal(before.Facts.Url, await _world.OpenAsync(_world.Record.OpenKey()));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);
        if (happened) return;

        await SettledAsync(_world, edge);
        Assert.Equal((before.PrivateKeyPem, null), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem));
    }

    [Fact]
    public async Task A_key_that_opens_another_account_does_not_win()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        var taken = AcmeAccountKey.Create();
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = _world.Ca.DirectoryUrl, Handler = _world.Ca.CreateHandler(), TimeProvider = _world.Time });
        await client.RegisterAsync(taken, new AcmeRegistration { TermsOfServiceAgreed = true }, Token);
        await _world.Store.WriteAsync(before.Key, (before with { NextPrivateKeyPem = taken.ToPem() }).Write(), null, null, Token);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);

        Assert.Equal((before.PrivateKeyPem, null), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem));
    }

    [Fact]
    public async Task Two_keys_that_open_nothing_are_both_kept_and_the_name_is_held()
    {
        await _world.SeedAsync();
        var pending = _world.Record with { PrivateKeyPem = AcmeAccountKey.Create().ToPem(), NextPrivateKeyPem = AcmeAccountKey.Create().ToPem() };
        await _world.Store.WriteAsync(pending.Key, pending.Write(), null, null, Token);

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        var status = await edge.SettleAsync("new.test");

        Assert.Equal((AcmeCertificateState.Held, 0), (status.State, status.Failures));
        Assert.Contains("neither privkey nor privkey.next", status.Reason, StringComparison.Ordinal);
        Assert.Equal((pending.PrivateKeyPem, pending.NextPrivateKeyPem), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem));
    }

    /// <summary>As a staging CA does that begins anew: one that forgets an account whose key is not being changed has it registered anew, too.</summary>
    [Fact]
    public async Task An_account_that_the_ca_knows_by_neither_key_for_a_day_is_registered_anew_with_the_old_one()
    {
        await _world.SeedAsync();
        var seeded = _world.Record;
        var forgotten = AccountRecord.Create(seeded.DirectoryUrl, AccountEdge.Email, AcmeAccountKey.Create(), _world.Time.GetUtcNow()) with { NextPrivateKeyPem = AcmeAccountKey.Create().ToPem() };
        forgotten = forgotten with { Facts = forgotten.Facts with { Url = "https://ca.test/account/gone", KeyChangeAt = _world.Time.GetUtcNow() } };
        await _world.Store.DeleteAsync(new StoreDeletion(seeded.Key), Token);
        await _world.Store.WriteAsync(forgotten.Key, forgotten.Write(), null, null, Token);
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Held, (await edge.SettleAsync("new.test")).State);
        Assert.NotNull(_world.Record.NextPrivateKeyPem);

        await edge.RunAsync(TimeSpan.FromHours(25));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.Equal((forgotten.PrivateKeyPem, null), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem));
        Assert.Equal([forgotten.Facts.Url!], _world.Record.Facts.PreviousUrls);
        Assert.Equal(_world.Record.Facts.Url, await _world.OpenAsync(_world.Record.OpenKey()));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("404")]
    [InlineData("501")]
    public async Task A_ca_without_key_change_leaves_nothing_behind(string shape)
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) => (request.Resource, shape) switch
        {
            ("directory", "missing") => Without(next(request), "keyChange"),
            ("key-change", "404" or "501") => AccountEdge.Problem(int.Parse(shape, System.Globalization.CultureInfo.InvariantCulture), "malformed", "not here"),
            _ => next(request),
        };
        await using var edge = await _world.StartAsync();

        await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token));

        Assert.Equal((before.PrivateKeyPem, null), (_world.Record.PrivateKeyPem, _world.Record.NextPrivateKeyPem));
    }

    [Fact]
    public async Task A_process_that_takes_the_state_over_reads_the_key_that_another_one_changed()
    {
        await _world.SeedAsync();
        await using var first = await _world.StartAsync(Wishes.Of("new.test"));
        await first.AccountAsync(_world.Settings.Provider, AccountEdge.Email);

        // It stood still for longer than its lease lives.
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        await using (var second = await _world.StartAsync()) await second.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);

        Assert.Equal(AcmeCertificateState.Served, (await first.SettleAsync("new.test")).State);
    }

    [Fact]
    public async Task On_disk_the_folder_the_next_key_and_the_link_follow()
    {
        using var folder = new StateFolder(_world.Time);
        var store = folder.Open();
        var accounts = Path.Combine(folder.Path, "accounts");
        string[] during = [];
        _world.Answer = (request, next) =>
        {
            if (request.Resource == "key-change") during = Directory.GetFiles(accounts, "privkey*", SearchOption.AllDirectories);
            return next(request);
        };
        await using var edge = await Edge.StartAsync(_world.Time, new TestCa(_world.Time), _world.Settings, store, [Wishes.Of("shop.test")], _world.Ca.CreateHandler);
        await edge.SettleAsync("shop.test");

        var status = await edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token);

        Assert.Equal(["privkey", "privkey.next"], during.Select(Path.GetFileName).Distinct().Order());
        var link = Assert.Single(Directory.GetDirectories(accounts, "test", SearchOption.AllDirectories));
        Assert.Equal(status.Thumbprint, Path.GetFileName(new DirectoryInfo(link).ResolveLinkTarget(returnFinalTarget: true)!.FullName));
        Assert.Equal(["privkey"], Directory.GetFiles(link, "privkey*").Select(Path.GetFileName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(Path.Combine(link, "privkey")));
    }

    /// <summary>So much later that no request can still be on its way, the account is used again.</summary>
    private static async Task SettledAsync(AccountEdge world, Edge edge)
    {
        await edge.RunAsync(TimeSpan.FromHours(2));
        await edge.AccountAsync(world.Settings.Provider, AccountEdge.Email);
    }

    private static LocalCaReply Without(LocalCaReply reply, string member)
    {
        var body = System.Text.Json.Nodes.JsonNode.Parse(reply.Body.Span)!.AsObject();
        body.Remove(member);
        return reply with { Body = System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()) };
    }
}
