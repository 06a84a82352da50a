using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Storage;

/// <summary>A lease of an engine as its holder counts it.</summary>
public sealed class EngineLeaseTests : IEngineLeases
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _time = new();
    private readonly List<Fence> _released = [];
    private TimeSpan _answerTakes = TimeSpan.Zero;
    private bool _stands = true;

    [Fact]
    public async Task It_ends_by_itself_and_its_holder_is_told()
    {
        var lease = Take();
        _time.Advance(Minute - TimeSpan.FromTicks(1));
        Assert.False(lease.Lost.IsCancellationRequested);
        _time.Advance(TimeSpan.FromTicks(10_000));

        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.Equal(TimeSpan.Zero, lease.Remaining);
        await lease.DisposeAsync();
        Assert.Empty(_released);
    }

    /// <summary>The engine is asked at a moment from which on it counts; here that is the moment before the question.</summary>
    [Fact]
    public async Task It_is_renewed_from_before_the_question()
    {
        var lease = Take();
        _answerTakes = Minute / 4;

        Assert.True(await lease.RenewAsync(Minute, TestContext.Current.CancellationToken));

        Assert.Equal(Minute * 3 / 4, lease.Remaining);
        _time.Advance(Minute * 3 / 4);
        Assert.True(lease.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task One_that_ended_while_the_engine_renewed_it_is_given_back()
    {
        var lease = Take();
        _answerTakes = Minute * 2;

        Assert.False(await lease.RenewAsync(Minute * 10, TestContext.Current.CancellationToken));

        Assert.Equal(lease.Fence, Assert.Single(_released));
        Assert.True(lease.Lost.IsCancellationRequested);
        await lease.DisposeAsync();
        Assert.Single(_released);
    }

    [Fact]
    public async Task One_that_does_not_stand_any_more_is_over_at_once()
    {
        var lease = Take();
        _stands = false;

        Assert.False(await lease.RenewAsync(Minute, TestContext.Current.CancellationToken));

        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.Empty(_released);
    }

    [Fact]
    public async Task It_is_not_made_shorter()
    {
        var lease = Take();

        Assert.True(await lease.RenewAsync(Minute / 10, TestContext.Current.CancellationToken));

        Assert.Equal(Minute, lease.Remaining);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => lease.RenewAsync(TimeSpan.Zero, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task Given_back_it_is_over_for_both()
    {
        var lease = Take();
        await lease.DisposeAsync();
        await lease.DisposeAsync();

        Assert.Equal(lease.Fence, Assert.Single(_released));
        Assert.True(lease.Lost.IsCancellationRequested);
        Assert.False(await lease.RenewAsync(Minute, TestContext.Current.CancellationToken));
    }

    ValueTask<bool> IEngineLeases.RenewAsync(Fence fence, TimeSpan duration, CancellationToken cancellationToken)
    {
        _time.Advance(_answerTakes);
        return new(_stands);
    }

    ValueTask IEngineLeases.ReleaseAsync(Fence fence)
    {
        _released.Add(fence);
        return ValueTask.CompletedTask;
    }

    private EngineLease Take() => new(this, new Fence("state", 7), _time, _time.GetTimestamp(), Minute);
}
