using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>RFC 8555 section 7.6 in the life of a certificate: first what takes its place, then the revocation.</summary>
public sealed class RevokeAndReplaceTests : RevocationScene
{
    [Theory]
    [InlineData(AcmeRevocationReason.Unspecified, null)]
    [InlineData(AcmeRevocationReason.KeyCompromise, 1)]
    [InlineData(AcmeRevocationReason.Superseded, 4)]
    [InlineData(AcmeRevocationReason.CessationOfOperation, 5)]
    public async Task A_new_certificate_is_served_before_the_old_one_is_revoked(AcmeRevocationReason reason, int? code)
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
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
        Assert.Empty(World.Store.All(RecordKind.Revocation));
        Assert.False(Assert.Single(edge.Events.All.OfType<LabelEvent.Revoked>()).ByKey);
    }

    [Fact]
    public async Task While_no_replacement_comes_the_revocation_waits_and_the_status_says_so()
    {
        await World.SeedAsync();
        Generation first;
        await using (var edge = await World.StartAsync(Wishes.Of(Shop)))
        {
            first = edge.Published.Current[Shop];
            World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

            var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

            Assert.False(result!.IsRevoked);
            Assert.Contains("nobody is there", result.Problem, StringComparison.Ordinal);
            var pending = edge.Status(Shop).Revocation;
            Assert.Equal((AcmeRevocationReason.Superseded, false, AcmeCertificateState.Failing), (pending!.Reason, pending.IsRevoked, result.Status!.State));
            await edge.RunAsync(TimeSpan.FromDays(3));
            Assert.DoesNotContain("revoke-cert", World.Requests);
        }

        World.Options.Validator = null;
        await using var next = await World.StartAsync(Wishes.Of(Shop));
        await next.RunAsync(TimeSpan.FromDays(1.2));

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, next.Published.Current[Shop].Id);
        Assert.Empty(World.Store.All(RecordKind.Revocation));
    }

    [Fact]
    public async Task What_was_proven_for_the_revoked_certificate_is_proven_anew()
    {
        var validations = 0;
        World.Options.AuthorizationReuse = TimeSpan.FromDays(30);
        World.Options.Validator = (_, _) =>
        {
            validations++;
            return ValueTask.FromResult<ChallengeProblem?>(null);
        };
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        await RenewAsync(edge);
        Assert.Equal(1, validations);

        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        await RenewAsync(edge);

        Assert.Equal(2, validations);
    }

    [Fact]
    public async Task A_certificate_that_is_revoked_already_is_a_success()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        await (await edge.AccountAsync(World.Settings.Provider, AccountEdge.Email)).RevokeAsync(first.Chain.Leaf, 4, Token);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation))!.IsRevoked);

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.NotEqual(first.Id, edge.Published.Current[Shop].Id);
    }

    [Fact]
    public async Task Asked_again_while_it_waits_it_goes_on_and_spares_the_replacement()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var second = edge.Published.Current[Shop];
        World.Answer = (request, next) => next(request);

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);

        Assert.Equal(second.Id, edge.Published.Current[Shop].Id);
        Assert.Equal((true, false), (StatusOf(first).IsRevoked, StatusOf(second).IsRevoked));
    }

    [Fact]
    public async Task However_many_certificates_come_meanwhile_the_old_one_is_kept_until_it_is_revoked()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        for (var renewal = 0; renewal < 4; renewal++) await RenewAsync(edge);
        World.Answer = (request, next) => next(request);

        await edge.RunAsync(TimeSpan.FromHours(2));
        await RenewAsync(edge);

        Assert.Equal(4, StatusOf(first).Reason);
        Assert.Equal(3, World.Store.All(RecordKind.Certificate).Count);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_read_is_not_said_to_be_revoked()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        var whole = Assert.Single(World.Store.All(RecordKind.Certificate));
        Watch("finalize", () => World.Store.Damage(whole.Key, "fullchain"));

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains(whole.Key.ToString(), result.Problem, StringComparison.Ordinal);

        await World.Store.WriteAsync(new StoreWrite(whole.Key, whole.Content), Token);
        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
        Assert.Equal(4, StatusOf(first).Reason);
    }

    [Fact]
    public async Task What_is_revoked_is_not_gone_back_to()
    {
        await World.SeedAsync();
        await using (var edge = await World.StartAsync(Wishes.Of(Shop))) await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        await using var next = await World.StartAsync(Wishes.Of(Shop));
        var asked = next.Get<IAcmeCertificates>().RollBackAsync(Shop, Token);
        await next.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Contains("it is revoked", (await asked)!.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_holds_the_replacement_and_the_result_says_so()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var hold = edge.Get<IAcmeCertificates>().HoldAsync(Shop, "moving house", Token);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        await hold;

        var result = await RevokeAsync(edge, AcmeRevocationReason.Superseded);

        Assert.False(result!.IsRevoked);
        Assert.Contains("moving house", result.Problem, StringComparison.Ordinal);
        Assert.DoesNotContain("new-order", World.Requests);
    }

    [Fact]
    public async Task What_nobody_wishes_any_more_is_revoked_at_once_and_goes()
    {
        await World.SeedAsync();
        var first = Assert.Single(Stored);
        await using var edge = await World.StartAsync();

        var result = await RevokeAsync(edge, AcmeRevocationReason.CessationOfOperation);

        Assert.Equal((true, null), (result!.IsRevoked, result.Status));
        Assert.Equal(5, StatusOf(first).Reason);
        Assert.DoesNotContain("new-order", World.Requests);
        Assert.Empty(edge.Published.Current);
        Assert.Empty(World.Store.All(RecordKind.Certificate));
        Assert.Empty(World.Store.All(RecordKind.Revocation));
        Assert.Null(await edge.Get<IAcmeCertificates>().RevokeAsync("nobody.test", AcmeRevocationReason.Superseded, Token));
    }

    /// <summary>The label's wish goes to another label while the revocation waits: that one buys its own.</summary>
    [Fact]
    public async Task What_is_to_be_revoked_is_taken_over_by_nobody()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop];
        World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        World.Options.Validator = null;
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "busy", ("Retry-After", "7200")) : next(request);

        edge.Drop(Shop);
        edge.Wish(Wishes.Of("other", [Shop]));
        await edge.RunAsync(TimeSpan.FromMinutes(5));
        Assert.False(HaveOneKey(first, edge.Published.Current["other"]));

        World.Answer = (request, next) => next(request);
        await edge.RunAsync(TimeSpan.FromHours(2));
        Assert.Equal(4, StatusOf(first).Reason);
        Assert.False(StatusOf(edge.Published.Current["other"]).IsRevoked);
        Assert.DoesNotContain(Shop, edge.Published.Current.Keys);
    }

    [Fact]
    public async Task Where_it_cannot_be_kept_nothing_is_promised()
    {
        await World.SeedAsync();
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        World.Store.BeforeWrite = key =>
        {
            if (key.Kind == RecordKind.Revocation) throw new StoreUnavailableException("the disk is full");
        };

        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => RevokeAsync(edge, AcmeRevocationReason.Superseded));

        Assert.Contains("the disk is full", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("new-order", World.Requests);
    }

    [Fact]
    public async Task Killed_at_any_moment_it_goes_on_and_nothing_is_bought_twice()
    {
        for (var moment = 1; ; moment++)
        {
            await using var world = new AccountEdge();
            await world.SeedAsync();
            var first = Assert.Single(StoredIn(world));
            var death = new Death(moment);
            var isKept = await RunAsync(world, death, revokes: true) || world.Store.All(RecordKind.Revocation).Count > 0;
            if (death.HasCome) await RunAsync(world, new Death(int.MaxValue), revokes: false);

            var stored = StoredIn(world);
            isKept |= stored.Count > 1;
            Assert.Equal((moment, isKept ? 2 : 1), (moment, stored.Count));
            Assert.Equal((moment, isKept), (moment, StatusOf(world, first).IsRevoked));
            Assert.False(StatusOf(world, stored[^1]).IsRevoked && isKept);
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
}
