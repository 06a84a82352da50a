using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.Hooks;

/// <summary>A clock that was ahead and is set right keeps no hook and no link waiting.</summary>
public sealed class HookClockTests
{
    private const string Shop = "shop.test";

    private static readonly TimeSpan Ahead = TimeSpan.FromHours(2);

    private readonly HookScene _scene = new();

    private readonly ToldHook _hook = new("hook", AcmeHookEvent.Issued, AcmeHookEvent.LiveUpdated);

    public HookClockTests() => _scene.Hooks.Add(_hook);

    [Fact]
    public async Task A_hook_that_failed_by_it_is_told_again_within_a_minute()
    {
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Failed("away"));
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        await _scene.DeliverAsync(edge, TimeSpan.FromSeconds(3));
        Assert.Equal(["Issued shop.test", "LiveUpdated shop.test"], _hook.Told);

        SetRight();
        _hook.Answer = _ => Task.FromResult(AcmeHookResult.Done);
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Equal(4, _hook.Calls.Count);
        Assert.Empty(_scene.Records.All(RecordKind.HookDelivery));
    }

    [Fact]
    public async Task What_has_come_by_it_is_told_within_a_minute()
    {
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);

        SetRight();
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Equal(["Issued shop.test", "LiveUpdated shop.test"], _hook.Told.Order());
    }

    [Fact]
    public async Task A_link_that_could_not_be_moved_by_it_moves_within_a_minute()
    {
        _scene.Links.BeforeMove = () => throw new StoreUnavailableException("read-only");
        await using var edge = await _scene.StartAsync(Wishes.Of(Shop));
        await edge.SettleAsync(Shop);
        Assert.Empty(_scene.Links.Shown);

        SetRight();
        _scene.Links.BeforeMove = () => { };
        await _scene.DeliverAsync(edge, TimeSpan.FromMinutes(1));

        Assert.Equal(edge.Published.Current[Shop].Id, _scene.Links.Shown[Shop]);
    }

    private void SetRight() => _scene.Time.AdjustTime(_scene.Time.GetUtcNow() - Ahead);
}
