using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Whoever asks something of a label is told what came of the asking, whatever comes next.</summary>
public sealed class LabelRequestTests
{
    [Fact]
    public async Task The_answer_is_what_was_decided_for_it_and_not_the_next_look()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 23, 12, 0, 0, TimeSpan.Zero));
        await using var edge = await Edge.StartAsync(time, new TestCa(time), new TestSettings(), new MemoryStore(time), [Wishes.Of("shop.test")]);
        await edge.SettleAsync("shop.test");
        await AskAsync(edge, new LabelRequest { Reschedule = schedule => schedule with { Hold = new Hold(time.GetUtcNow(), "moving house") } });

        var renewal = await AskAsync(edge, new LabelRequest { IsForced = true, Renews = true });
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("shop.test").State);
        var decided = Assert.IsType<Decision.Wait>((await renewal.Answered)!.Decision);
        Assert.Equal(ObstacleKind.OperatorHold, decided.Obstacle.Kind);
    }

    private static async Task<LabelRequest> AskAsync(Edge edge, LabelRequest request)
    {
        edge.Entry("shop.test").Post(request);
        edge.Wake(["shop.test"]);
        await edge.RunAsync(TimeSpan.FromSeconds(1));
        Assert.True(request.Answered.IsCompleted);
        return request;
    }
}
