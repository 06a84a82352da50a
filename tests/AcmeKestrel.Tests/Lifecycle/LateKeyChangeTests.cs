using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>A key change whose answer is lost and which the CA carries out later, behind a gateway or a queue (promise 6: no key is lost that the CA may have).</summary>
public sealed class LateKeyChangeTests : IAsyncDisposable
{
    private readonly AccountEdge _world = new();
    private LocalCaRequest? _late;
    private Func<LocalCaRequest, LocalCaReply>? _ca;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Carried_out_after_the_old_key_was_seen_to_work_it_is_found_and_the_account_goes_on()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) => Hold(request, next) ?? next(request);
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        await Assert.ThrowsAsync<AcmeAccountException>(() => _world.PassTimeAsync(edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token)));
        Assert.Equal(before.PrivateKeyPem, _world.Record.PrivateKeyPem);

        Assert.Equal(200, _ca!(_late!).Status);
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("new.test").State);
        Assert.NotEqual(before.Thumbprint, _world.Record.Thumbprint);
        Assert.Equal(before.Facts.Url, await _world.OpenAsync(_world.Record.OpenKey()));
    }

    [Fact]
    public async Task Carried_out_after_a_kill_and_a_restart_it_loses_no_key()
    {
        await _world.SeedAsync();
        var before = _world.Record;
        using var kill = new CancellationTokenSource();
        _world.Answer = (request, next) =>
        {
            if (request.Resource == "key-change") kill.Cancel();
            return Hold(request, next) ?? next(request);
        };
        await using (var dying = await _world.StartAsync())
        {
            await Assert.ThrowsAnyAsync<Exception>(() => dying.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: kill.Token));
        }

        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));
        Assert.Equal(AcmeCertificateState.Served, (await edge.SettleAsync("new.test")).State);
        Assert.Equal(200, _ca!(_late!).Status);

        edge.Wish(Wishes.Of("late.test"));
        await edge.RunAsync(TimeSpan.FromHours(1));
        Assert.Equal(before.Facts.Url, await _world.OpenAsync(_world.Record.OpenKey()));
    }

    [Fact]
    public async Task Where_both_keys_are_refused_alike_both_stay()
    {
        await _world.SeedAsync();
        _world.Answer = (request, next) => request.Resource is "new-account" ? AccountEdge.Problem(403, "unauthorized", "no") : Hold(request, next) ?? next(request);
        await using var edge = await _world.StartAsync();

        await Assert.ThrowsAsync<AcmeAccountException>(() => _world.PassTimeAsync(edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token)));

        Assert.NotNull(_world.Record.NextPrivateKeyPem);
    }

    [Fact]
    public async Task A_second_change_waits_for_the_end_of_the_first()
    {
        await _world.SeedAsync();
        _world.Answer = (request, next) => Hold(request, next) ?? next(request);
        await using var edge = await _world.StartAsync();
        await Assert.ThrowsAsync<AcmeAccountException>(() => _world.PassTimeAsync(edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token)));
        var kept = _world.Record.NextPrivateKeyPem;

        var again = await Assert.ThrowsAsync<AcmeAccountException>(() => edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token));

        Assert.Contains("ask again in an hour", again.Message, StringComparison.Ordinal);
        Assert.Equal(kept, _world.Record.NextPrivateKeyPem);
        Assert.Single(_world.Requests, resource => resource == "key-change");
    }

    [Fact]
    public async Task Asked_for_while_the_clock_was_ahead_it_is_waited_for_an_hour_and_not_for_years()
    {
        await _world.SeedAsync();
        var next = AcmeKestrel.Protocol.AcmeAccountKey.Create().ToPem();
        var pending = _world.Record with { NextPrivateKeyPem = next, Facts = _world.Record.Facts with { KeyChangeAt = _world.Time.GetUtcNow().AddYears(3) } };
        await _world.Store.WriteAsync(pending.Key, pending.Write(), null, null, Token);
        await using var edge = await _world.StartAsync(Wishes.Of("a.test"), Wishes.Of("b.test"));

        await edge.RunAsync(TimeSpan.FromMinutes(50));
        Assert.Equal(next, _world.Record.NextPrivateKeyPem);

        await edge.RunAsync(TimeSpan.FromMinutes(20));
        await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email);
        Assert.Null(_world.Record.NextPrivateKeyPem);
    }

    /// <summary>Some CAs answer a look with an unknown key so, for they miss the binding of a registration first.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_ca_that_wants_a_binding_of_an_unknown_key_shows_which_key_it_has(bool changes)
    {
        await _world.SeedAsync();
        var before = _world.Record;
        _world.Answer = (request, next) => request.Resource switch
        {
            "key-change" when !changes => AccountEdge.Problem(403, "unauthorized", "not today"),
            "new-account" when next(request) is { Status: 200 } known => known,
            "new-account" => AccountEdge.Problem(403, "externalAccountRequired", "bind it"),
            _ => next(request),
        };
        await using var edge = await _world.StartAsync();

        var refused = await Record.ExceptionAsync(() => _world.PassTimeAsync(edge.Get<IAcmeAccounts>().ChangeKeyAsync(email: AccountEdge.Email, cancellationToken: Token)));

        Assert.Equal(changes, refused is null);
        Assert.Equal((changes, null), (_world.Record.Thumbprint != before.Thumbprint, _world.Record.NextPrivateKeyPem));
    }

    /// <summary>One that misses the binding first tells nothing of the key: the account may have either.</summary>
    [Fact]
    public async Task A_ca_that_wants_a_binding_before_it_looks_has_forgotten_nothing()
    {
        var next = await PendAsync(changedAgo: TimeSpan.Zero);
        _world.Answer = (request, ca) => request.Resource is "new-account" ? AccountEdge.Problem(403, "externalAccountRequired", "bind it") : ca(request);
        await using var edge = await _world.StartAsync(Wishes.Of("new.test"));

        await edge.RunAsync(TimeSpan.FromDays(3));

        Assert.Equal((AcmeCertificateState.Held, next), (edge.Status("new.test").State, _world.Record.NextPrivateKeyPem));
    }

    /// <summary>However long ago the CA was asked: for all that time it was not seen to know neither.</summary>
    [Fact]
    public async Task A_day_of_knowing_neither_key_begins_with_the_first_look_that_says_so_and_anew_after_any_other()
    {
        var next = await PendAsync(changedAgo: TimeSpan.FromDays(30));
        var type = "";
        _world.Answer = (request, ca) => request.Resource is "new-account" ? AccountEdge.Problem(400, type, "no") : ca(request);
        await using var edge = await _world.StartAsync();

        foreach (var (hours, answer) in new[] { (0, "accountDoesNotExist"), (23, "unauthorized"), (2, "accountDoesNotExist"), (23, "accountDoesNotExist") })
        {
            await edge.RunAsync(TimeSpan.FromHours(hours));
            type = answer;
            await LookAsync();
            Assert.Equal(next, _world.Record.NextPrivateKeyPem);
        }

        await edge.RunAsync(TimeSpan.FromHours(2));
        await LookAsync();
        Assert.Null(_world.Record.NextPrivateKeyPem);

        async Task LookAsync() => await Record.ExceptionAsync(() => edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email));
    }

    /// <summary>A change that was asked for and has no end yet.</summary>
    private async Task<string> PendAsync(TimeSpan changedAgo)
    {
        await _world.SeedAsync();
        var next = AcmeKestrel.Protocol.AcmeAccountKey.Create().ToPem();
        var pending = _world.Record with { NextPrivateKeyPem = next, Facts = _world.Record.Facts with { KeyChangeAt = _world.Time.GetUtcNow() - changedAgo } };
        await _world.Store.WriteAsync(pending.Key, pending.Write(), null, null, Token);
        return next;
    }

    /// <summary>A gateway that gives up before the CA does.</summary>
    private LocalCaReply? Hold(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next)
    {
        if (request.Resource != "key-change") return null;

        (_late, _ca) = (request, next);
        return AccountEdge.Problem(504, "serverInternal", "gateway timeout");
    }
}
