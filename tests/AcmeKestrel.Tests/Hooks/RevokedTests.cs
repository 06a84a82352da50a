using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Hooks;

public sealed class RevokedTests : RevocationScene
{
    [Fact]
    public async Task What_is_revoked_on_request_is_told_and_so_is_what_takes_its_place()
    {
        var hook = new ToldHook("hook", AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated, AcmeHookEvent.Revoked);
        await World.SeedAsync();
        World.Also = services => services.AddSingleton<ICertificateHook>(hook);
        await using var edge = await World.StartAsync(Wishes.Of(Shop));
        var first = edge.Published.Current[Shop].Id;

        Assert.True((await RevokeAsync(edge, AcmeRevocationReason.Superseded))!.IsRevoked);
        await HookScene.DeliverAsync(edge);

        Assert.Equal([AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated, AcmeHookEvent.Revoked], hook.Calls.Select(call => call.Event).Order());
        var (told, other) = (hook.Calls.Single(call => call.Event is AcmeHookEvent.Revoked).Certificates[0], hook.Calls.Single(call => call.Event is AcmeHookEvent.Issued).Certificates[0]);
        Assert.Equal((first, "on request: superseded"), (told.Generation, told.Reason));
        Assert.Equal(edge.Published.Current[Shop].Id, other.Generation);
    }
}
