using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.LocalCa;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Hooks;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>The CA is found to have revoked what has the place of one that it would not revoke.</summary>
public sealed class RevokedBesideAnotherTests : RevocationScene
{
    private readonly ToldLog _log = new();
    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Revoked);

    public RevokedBesideAnotherTests() => (World.Options.CrlDistributionPoint, World.Log, World.Also) = (true, _log, services => services.AddSingleton<ICertificateHook>(_hook));

    /// <summary>And why the CA did it, not why the older one was to be revoked.</summary>
    [Fact]
    public async Task The_one_that_was_found_is_told()
    {
        await using var edge = await FindAsync();

        Assert.True(_log.ToldAsync($"shop.test: the CA has revoked certificate {Stored[1].Id} (cessation of operation)").IsCompleted);
        await HookScene.DeliverAsync(edge);
        var told = Assert.Single(_hook.Calls).Certificates[0];
        Assert.Equal((Stored[1].Id, "by the CA: cessation of operation"), (told.Generation, told.Reason));
    }

    [Fact]
    public async Task The_older_one_is_asked_for_though_nothing_has_the_place_of_the_found_one()
    {
        await using var edge = await FindAsync();
        World.Answer = (request, next) => next(request);

        await edge.RunAsync(TimeSpan.FromDays(1.2));

        Assert.Equal(2, Stored.Count);
        Assert.All(Stored, generation => Assert.True(StatusOf(generation).IsRevoked));
        Assert.Equal(AcmeRevocationReason.Superseded, edge.Status(Shop).Revocation!.Reason);
    }

    /// <summary>The CA might take it for compromised, and the replacement that is waited for is to have it.</summary>
    [Fact]
    public async Task Its_own_key_does_not_sign_for_the_older_one_while_that_is_reused()
    {
        await using var edge = await FindAsync(reusesKey: true);
        Assert.True(HaveOneKey(Stored[0], Stored[1]));
        World.Answer = (request, next) => next(request);
        await World.Store.DeleteAsync(new StoreDeletion(World.Record.Key), Token);

        await edge.RunAsync(TimeSpan.FromDays(1.2));

        Assert.False(StatusOf(Stored[0]).IsRevoked);
    }

    private async Task<Edge> FindAsync(bool reusesKey = false)
    {
        await World.SeedAsync();
        var edge = await World.StartAsync(Wishes.Of(Shop) with { ReuseKey = reusesKey });
        World.Answer = (request, next) => request.Resource == "revoke-cert" ? AccountEdge.Problem(400, "malformed", "what?") : next(request);
        await RevokeAsync(edge, AcmeRevocationReason.Superseded);
        var refusing = World.Answer;
        World.Answer = (request, next) => next(request);
        await (await edge.AccountAsync(World.Settings.Provider, AccountEdge.Email)).RevokeAsync(Stored[1].Chain.Leaf, 5, Token);
        World.Answer = refusing;
        World.Options.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("connection", "nobody is there"));

        await edge.Get<RevocationWatch>().LookAsync(Shop, Token);
        await edge.RunAsync(TimeSpan.FromMinutes(1));
        return edge;
    }
}
