using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 8555 section 7.6 in the life of a certificate: first what takes its place, then the revocation.</summary>
public sealed class RevokeAndReplaceTests : IAsyncDisposable
{
    private const string Shop = "shop.test";

    private readonly AccountEdge _world = new();

    private int Revocations => _world.Requests.Count(request => request == "revoke-cert");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [InlineData(AcmeRevocationReason.Unspecified, null)]
    [InlineData(AcmeRevocationReason.KeyCompromise, 1)]
    [InlineData(AcmeRevocationReason.Superseded, 4)]
    [InlineData(AcmeRevocationReason.CessationOfOperation, 5)]
    public async Task A_new_certificate_is_served_before_the_old_one_is_revoked(AcmeRevocationReason reason, int? code)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        string? served = null;
        Watch("revoke-cert", () => served ??= edge.Published.Current[Shop].Id);

        var result = await RevokeAsync(edge, reason);

        Assert.Equal((true, null, AcmeCertificateState.Served), (result!.IsRevoked, result.Problem, result.Status!.State));
        var second = edge.Published.Current[Shop];
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(second.Id, served);
        Assert.Equal((true, code), (StatusOf(first).IsRevoked, StatusOf(first).Reason));
        Assert.False(StatusOf(second).IsRevoked);
        Assert.Null(edge.Status(Shop).Revocation);
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
        Assert.False(Assert.Single(edge.Events.All.OfType<LabelEvent.Revoked>()).ByKey);
    }

    [Theory]
    [InlineData(AcmeRevocationReason.Superseded, true)]
    [InlineData(AcmeRevocationReason.KeyCompromise, false)]
    public async Task A_reused_key_is_reused_no_more_once_it_is_compromised(AcmeRevocationReason reason, bool isReused)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];

        await RevokeAsync(edge, reason);
        var second = edge.Published.Current[Shop];
        await RenewAsync(edge);

        Assert.True(StatusOf(first).IsRevoked);
        Assert.Equal(isReused, HaveOneKey(first, second));
        Assert.True(HaveOneKey(second, edge.Published.Current[Shop]));
    }

    [Fact]
    public async Task Every_stored_certificate_that_has_not_expired_is_revoked_after_a_compromise()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        await RenewAsync(edge);
        var second = edge.Published.Current[Shop];

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);

        Assert.Equal((1, 1), (StatusOf(first).Reason, StatusOf(second).Reason));
        Assert.False(StatusOf(edge.Published.Current[Shop]).IsRevoked);

        await RenewAsync(edge);
        var fourth = edge.Published.Current[Shop];
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.True(StatusOf(fourth).IsRevoked);
        Assert.Equal(3, _world.Requests.Count(request => request == "revoke-cert"));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("unknown")]
    [InlineData("closed")]
    public async Task Where_the_account_is_lost_the_certificates_own_key_signs(string how)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        if (how == "lost") await _world.Store.DeleteAsync(new StoreDeletion(_world.Record.Key), Token);
        if (how == "closed") await (await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email)).DeactivateAsync(Token);
        if (how != "unknown") edge.Wish(Wishes.Of(Shop) with { Email = "other@example.test" });
        else
        {
            _world.Answer = (request, next) => request.Resource == "revoke-cert" && _world.Requests.Count(resource => resource == "revoke-cert") == 1
                ? AccountEdge.Problem(400, "accountDoesNotExist", "who is that?")
                : next(request);
        }

        var result = await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation);

        Assert.Equal((true, null), (result!.IsRevoked, result.Problem));
        Assert.Equal(5, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
        Assert.True(Assert.Single(edge.Events.All.OfType<LabelEvent.Revoked>()).ByKey);
        Assert.Equal(how == "lost" ? 1 : 2, _world.Requests.Count(request => request == "revoke-cert"));
    }

    /// <summary>Some CAs take a revocation by the key as a compromise of it, and revoke every certificate that bears it.</summary>
    [Fact]
    public async Task A_key_that_the_new_certificate_has_too_signs_no_revocation()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        await _world.Store.DeleteAsync(new StoreDeletion(_world.Record.Key), Token);
        edge.Wish(Wishes.Of(Shop) with { ReuseKey = true, Email = "other@example.test" });

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains("has the same one", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("revoke-cert", _world.Requests);
        Assert.Equal(AcmeCertificateState.Served, edge.Status(Shop).State);

        edge.Wish(Wishes.Of(Shop) with { Email = "other@example.test" });
        await RenewAsync(edge);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task While_no_replacement_comes_the_revocation_waits_and_the_status_says_so()
    {
        await _world.SeedAsync();
        Generation first;
        await using (var edge = await _world.StartAsync(Wishes.Of(Shop)))
        {
            first = edge.Published.Current[Shop];
            _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

            var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

            Assert.False(result!.IsRevoked);
            Assert.Contains("nobody is there", result.Problem, StringComparison.Ordinal);
            var pending = edge.Status(Shop).Revocation;
            Assert.Equal((AcmeRevocationReason.Superseded, false, AcmeCertificateState.Failing), (pending!.Reason, pending.IsRevoked, result.Status!.State));
            await edge.RunAsync(TimeSpan.FromDays(3));
            Assert.DoesNotContain("revoke-cert", _world.Requests);
        }

        _world.Options.Validator = null;
        await using var next = await _world.StartAsync(Wishes.Of(Shop));
        await next.RunAsync(TimeSpan.FromDays(1.2));

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, next.Published.Current[Shop].Id);
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task A_compromised_key_waits_for_a_replacement_no_longer_than_a_day()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        await edge.RunAsync(TimeSpan.FromHours(23));
        Assert.False(StatusOf(first).IsRevoked);
        await edge.RunAsync(TimeSpan.FromHours(1.1));

        Assert.Equal(1, StatusOf(first).Reason);
        Assert.Equal((first.Id, true), (edge.Published.Current[Shop].Id, edge.Status(Shop).Revocation!.IsRevoked));

        _world.Options.Validator = null;
        await edge.RunAsync(TimeSpan.FromDays(1.2));
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
        Assert.Single(_world.Requests, request => request == "revoke-cert");
    }

    [Fact]
    public async Task What_was_proven_for_the_revoked_certificate_is_proven_anew()
    {
        var validations = 0;
        _world.Options.AuthorizationReuse = TimeSpan.FromDays(30);
        _world.Options.Validator = (_, _) =>
        {
            validations++;
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        await RenewAsync(edge);
        Assert.Equal(1, validations);

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await RenewAsync(edge);

        Assert.Equal(2, validations);
    }

    [Fact]
    public async Task A_ca_that_shows_the_order_no_more_has_revoked_all_the_same()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "order" && first.Origin.OrderUrl.EndsWith(request.Path, StringComparison.Ordinal) ? AccountEdge.Problem(404, "malformed", "no such order") : next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);

        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task A_certificate_that_is_revoked_already_is_a_success()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        await (await edge.AccountAsync(_world.Settings.Provider, AccountEdge.Email)).RevokeAsync(first.Chain.Leaf, 4, Token);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation))!.IsRevoked);

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task A_reason_that_the_ca_does_not_take_is_left_out()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "revoke-cert" && _world.Requests.Count(resource => resource == "revoke-cert") == 1
            ? AccountEdge.Problem(400, "badRevocationReason", "only 0, 1, 4 and 5")
            : next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.AffiliationChanged))!.IsRevoked);

        Assert.Equal((true, null), (StatusOf(first).IsRevoked, StatusOf(first).Reason));
    }

    [Fact]
    public async Task A_ca_that_cannot_be_asked_is_asked_again_over_restarts_and_its_retry_after_is_obeyed()
    {
        await _world.SeedAsync();
        Generation first;
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(503, "serverInternal", "busy", ("Retry-After", "7200")) : next(request);
        await using (var edge = await _world.StartAsync(Wishes.Of(Shop)))
        {
            first = edge.Published.Current[Shop];
            var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

            Assert.False(result!.IsRevoked);
            Assert.Contains("busy", result.Problem, StringComparison.Ordinal);
            Assert.Equal((AcmeCertificateState.Served, result.Problem), (edge.Status(Shop).State, edge.Status(Shop).Revocation!.Problem));
            Assert.True((await edge.LedgerAsync(_world.Settings.Provider)).Circuit.State!.IsAsked);
            Assert.Single(_world.Requests, request => request == "revoke-cert");
        }

        await using var next = await _world.StartAsync(Wishes.Of(Shop));
        await next.RunAsync(TimeSpan.FromMinutes(119));
        Assert.Single(_world.Requests, request => request == "revoke-cert");
        _world.Answer = (request, next) => next(request);
        await next.RunAsync(TimeSpan.FromMinutes(3));

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.Null(next.Status(Shop).Revocation);
    }

    /// <summary>Longer than any wait of the ladder.</summary>
    [Theory]
    [InlineData(429, "rateLimited")]
    [InlineData(503, "serverInternal")]
    public async Task A_ca_that_asks_for_two_days_is_left_alone_for_two_days(int status, string type)
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations < 5 ? AccountEdge.Problem(status, type, "later", ("Retry-After", "172800")) : next(request);

        Assert.False((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
        await edge.RunAsync(TimeSpan.FromHours(47));
        Assert.Equal(1, Revocations);

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(1.1));
        Assert.Equal((2, 4), (Revocations, StatusOf(first).Reason));
    }

    [Fact]
    public async Task A_ca_that_everybody_leaves_alone_is_not_asked_to_revoke_before()
    {
        await _world.SeedAsync();
        var first = AcmeKestrel.Lifecycle.State.GenerationRecord.Read(Assert.Single(_world.Store.All(RecordKind.Certificate)));
        await using var edge = await _world.StartAsync();
        var circuit = (await edge.LedgerAsync(_world.Settings.Provider)).Circuit;
        await circuit.FailedAsync("it sleeps", TimeSpan.FromHours(2), null, isUrgent: false, Token);

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        Assert.False(result!.IsRevoked);
        Assert.Contains("it sleeps", result.Problem, StringComparison.Ordinal);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await edge.RunAsync(TimeSpan.FromMinutes(118));
        Assert.Empty(_world.Requests);
        Assert.Empty(edge.Events.All.OfType<LabelEvent.RevocationFailed>());

        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Equal((1, 4), (Revocations, StatusOf(first).Reason));
        Assert.Equal((null, null), (circuit.State, circuit.Probe));
    }

    [Fact]
    public async Task A_ca_that_is_down_is_asked_by_one_label_at_a_time()
    {
        string[] labels = [.. Enumerable.Range(0, 6).Select(number => $"shop{number}.test")];
        await using (var before = await _world.StartAsync([.. labels.Select(label => Wishes.Of(label))])) await before.RunAsync(TimeSpan.FromMinutes(1));
        var certificates = _world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read).ToList();
        await using var edge = await _world.StartAsync();
        var circuit = (await edge.LedgerAsync(_world.Settings.Provider)).Circuit;
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(500, "serverInternal", "down") : next(request);

        Task<AcmeRevocationResult?>[] asked = [.. labels.Select(label => edge.Get<IAcmeCertificates>().RevokeAsync(label, AcmeRevocationReason.CessationOfOperation, Token))];
        await edge.RunAsync(TimeSpan.FromHours(1));

        Assert.All(await Task.WhenAll(asked), result => Assert.False(result!.IsRevoked));
        Assert.InRange(Revocations, 4, 7);
        Assert.Equal((true, null), (circuit.State is not null, circuit.Probe));

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(3));
        Assert.All(certificates, certificate => Assert.Equal(5, StatusOf(certificate).Reason));
        Assert.Equal((null, null), (circuit.State, circuit.Probe));
    }

    [Fact]
    public async Task A_label_that_waits_for_the_probe_asks_after_it_and_a_refusal_is_an_answer()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync();
        var circuit = (await edge.LedgerAsync(_world.Settings.Provider)).Circuit;
        await circuit.FailedAsync("it sleeps", null, null, isUrgent: false, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        _world.Answer = (request, next) => request.Resource == "revoke-cert" && Revocations == 1 ? AccountEdge.Problem(400, "malformed", "what?") : next(request);

        using (circuit.TryEnter("other.test"))
        {
            Assert.False((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
            Assert.Empty(_world.Requests);
        }

        await edge.RunAsync(TimeSpan.FromMinutes(1));
        Assert.Equal((1, null, null), (Revocations, circuit.State, circuit.Probe));
        await edge.RunAsync(TimeSpan.FromMinutes(2));
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task Asked_again_while_it_waits_it_goes_on_and_spares_the_replacement()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var second = edge.Published.Current[Shop];
        _world.Answer = (request, next) => next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);

        Assert.Equal(second.Id, edge.Published.Current[Shop].Id);
        Assert.Equal((true, false), (StatusOf(first).IsRevoked, StatusOf(second).IsRevoked));
    }

    [Fact]
    public async Task However_many_certificates_come_meanwhile_the_old_one_is_kept_until_it_is_revoked()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        for (var renewal = 0; renewal < 4; renewal++) await RenewAsync(edge);
        _world.Answer = (request, next) => next(request);

        await edge.RunAsync(TimeSpan.FromHours(2));
        await RenewAsync(edge);

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.Equal(3, _world.Store.All(RecordKind.Certificate).Count);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_not_said_to_be_revoked()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        var whole = Assert.Single(_world.Store.All(RecordKind.Certificate));
        Watch("finalize", () => _world.Store.Damage(whole.Key, "fullchain"));

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains(whole.Key.ToString(), result.Problem, StringComparison.Ordinal);

        await _world.Store.WriteAsync(new StoreWrite(whole.Key, whole.Content), Token);
        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task What_is_revoked_is_not_gone_back_to()
    {
        await _world.SeedAsync();
        await using (var edge = await _world.StartAsync(Wishes.Of(Shop))) await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        await using var next = await _world.StartAsync(Wishes.Of(Shop));
        var asked = next.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await next.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Contains("it is revoked", (await asked)!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_holds_the_replacement_and_the_result_says_so()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var hold = edge.Get<IAcmeCertificates>().HoldAsync(Shop, "moving house", Token);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        await hold;

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains("moving house", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("new-order", _world.Requests);
    }

    [Fact]
    public async Task What_nobody_wishes_any_more_is_revoked_at_once_and_goes()
    {
        await _world.SeedAsync();
        var first = AcmeKestrel.Lifecycle.State.GenerationRecord.Read(Assert.Single(_world.Store.All(RecordKind.Certificate)));
        await using var edge = await _world.StartAsync();

        var result = await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation);

        Assert.Equal((true, null), (result!.IsRevoked, result.Status));
        Assert.Equal(5, StatusOf(first).Reason);
        Assert.DoesNotContain("new-order", _world.Requests);
        Assert.Empty(edge.Published.Current);
        Assert.Empty(_world.Store.All(RecordKind.Certificate));
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
        Assert.Null(await edge.Get<IAcmeCertificates>().RevokeAsync("nobody.test", AcmeRevocationReason.Superseded, Token));
    }

    /// <summary>The label's wish goes to another label while the revocation waits: that one buys its own.</summary>
    [Fact]
    public async Task What_is_to_be_revoked_is_taken_over_by_nobody()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        _world.Options.Validator = null;
        _world.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);

        edge.Drop(Shop);
        edge.Wish(Wishes.Of("other", [Shop]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        Assert.False(HaveOneKey(first, edge.Published.Current["other"]));

        _world.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(4, StatusOf(first).Reason);
        Assert.False(StatusOf(edge.Published.Current["other"]).IsRevoked);
        Assert.DoesNotContain(Shop, edge.Published.Current.Keys);
    }

    [Fact]
    public async Task An_order_for_the_compromised_key_is_given_up()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        var first = edge.Published.Current[Shop];
        var held = _world.HoldValidations();
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        _world.Options.Validator = null;
        held.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        Assert.Equal(1, StatusOf(first).Reason);
        Assert.False(HaveOneKey(first, edge.Published.Current[Shop]));
        Assert.DoesNotContain(_world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read), stored => stored.Id != first.Id && HaveOneKey(first, stored));
    }

    [Fact]
    public async Task A_certificate_that_comes_for_the_compromised_key_all_the_same_is_revoked_with_it()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop) with { ReuseKey = true });
        _world.Options.ProcessingPolls = 3;
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        while (!_world.Requests.Contains("finalize")) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        var stored = _world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read).ToList();
        Assert.Equal(3, stored.Count);
        Assert.Equal([1, 1, null], stored.OrderBy(generation => generation.Id, StringComparer.Ordinal).Select(generation => StatusOf(generation).Reason));
        Assert.False(HaveOneKey(stored.MinBy(generation => generation.Id, StringComparer.Ordinal)!, edge.Published.Current[Shop]));
    }

    /// <summary>Its key lay beside the compromised one, in the order's record.</summary>
    [Fact]
    public async Task An_order_with_a_key_of_its_own_from_before_the_compromise_is_given_up()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        var held = _world.HoldValidations();
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(5));
        var known = edge.Entry(Shop).Run!.PrivateKey;

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        _world.Options.Validator = null;
        held.SetResult();
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        Assert.Equal(1, StatusOf(first).Reason);
        Assert.Equal(2, _world.Requests.Count(request => request == "new-order"));
        Assert.DoesNotContain(_world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read), stored => stored.PrivateKeyPkcs8.Span.SequenceEqual(known));
    }

    [Fact]
    public async Task A_certificate_that_comes_of_an_order_from_before_the_compromise_is_revoked_with_it()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        _world.Options.ProcessingPolls = 3;
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        while (!_world.Requests.Contains("finalize")) await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AcmeCertificateState.Ordering, edge.Status(Shop).State);

        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(2));

        Assert.True((await revocation)!.IsRevoked);
        await renewal;
        var stored = _world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read).OrderBy(generation => generation.Id, StringComparer.Ordinal).ToList();
        Assert.Equal([1, 1, null], stored.Select(generation => StatusOf(generation).Reason));
        Assert.Equal(stored[^1].Id, edge.Published.Current[Shop].Id);
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
    }

    /// <summary>A clock that was ahead when the key was said to be compromised gives up no order that was begun since.</summary>
    [Fact]
    public async Task Orders_from_after_the_compromise_go_on_whatever_the_clock_says()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        _world.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        await RevokeAsync(edge, AcmeRevocationReason.KeyCompromise);
        _world.Options.Validator = null;
        _world.Requests.Clear();

        _world.Time.AdjustTime(_world.Time.GetUtcNow().AddHours(-2));
        var retry = edge.Get<IAcmeCertificates>().RetryAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        await retry;

        Assert.Single(_world.Requests, request => request == "new-order");
        Assert.Empty(_world.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task Where_it_cannot_be_kept_nothing_is_promised()
    {
        await _world.SeedAsync();
        await using var edge = await _world.StartAsync(Wishes.Of(Shop));
        _world.Store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Revocation) throw new StoreUnavailableException("the disk is full");
        };

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => RevokeAsync(edge, AcmeRevocationReason.Superseded));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("new-order", _world.Requests);
    }

    [Fact]
    public async Task Killed_at_any_moment_it_goes_on_and_nothing_is_bought_twice()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            await world.SeedAsync();
            var first = AcmeKestrel.Lifecycle.State.GenerationRecord.Read(Assert.Single(world.Store.All(RecordKind.Certificate)));
            var death = new Death(moment);
            var isKept = await RunAsync(world, death, revokes: true) || world.Store.All(RecordKind.Revocation).Count > 0;
            if (death.HasCome) await RunAsync(world, new Death(int.MaxValue), revokes: false);

            var stored = world.Store.All(RecordKind.Certificate).Select(AcmeKestrel.Lifecycle.State.GenerationRecord.Read).ToList();
            isKept |= stored.Count > 1;
            Assert.Equal((moment, isKept ? 2 : 1), (moment, stored.Count));
            Assert.Equal((moment, isKept), (moment, StatusOf(world, first).IsRevoked));
            Assert.False(StatusOf(world, stored.MaxBy(generation => generation.Id, StringComparer.Ordinal)!).IsRevoked && isKept);
            Assert.Empty(world.Store.All(RecordKind.Revocation));
            Assert.Empty(world.Store.All(RecordKind.Order));
            if (death.HasCome) continue;

            Assert.True(moment > 40, "The decorators are not in the way of the revocation.");
            return;
        }
    }

    /// <summary>One process; true where the revocation came to its end.</summary>
    private static async Task<bool> RunAsync(AccountEdge world, Death death, bool revokes)
    {
        try
        {
            await using var edge = await world.StartAsync(death, Wishes.Of(Shop));
            var revocation = revokes ? edge.Get<IAcmeCertificates>().RevokeAsync(Shop, AcmeRevocationReason.KeyCompromise, Token) : null;
            await edge.RunAsync(TimeSpan.FromMinutes(10));
            return !death.HasCome && revocation is not null && (await revocation)!.IsRevoked;
        }
        catch (Exception) when (death.HasCome)
        {
            return false;
        }
    }

    private static async Task<AcmeRevocationResult?> RevokeAsync(Edge edge, AcmeRevocationReason reason)
    {
        var revocation = edge.Get<IAcmeCertificates>().RevokeAsync(Shop, reason, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        return await revocation.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    private static async Task RenewAsync(Edge edge)
    {
        var renewal = edge.Get<IAcmeCertificates>().RenewAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(AcmeCertificateState.Served, (await renewal.WaitAsync(TimeSpan.FromSeconds(30), Token))!.State);
    }

    private void Watch(string resource, Action seen) => _world.Answer = (request, next) =>
    {
        if (request.Resource == resource) seen();
        return next(request);
    };

    private LocalCaCertificateStatus StatusOf(Generation generation) => StatusOf(_world, generation);

    private static LocalCaCertificateStatus StatusOf(AccountEdge world, Generation generation)
    {
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        return world.Ca.StatusOf(leaf.SerialNumber)!;
    }

    private static bool HaveOneKey(Generation one, Generation other) => one.PrivateKeyPkcs8.Span.SequenceEqual(other.PrivateKeyPkcs8.Span);
}
