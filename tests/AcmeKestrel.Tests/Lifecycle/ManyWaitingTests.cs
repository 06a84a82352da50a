using AcmeKestrel.Lifecycle.Dispatching;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What waits costs nothing but its place, and keeps nobody else.</summary>
public sealed class ManyWaitingTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_good_name_is_served_within_seconds_beside_hundreds_that_keep_failing()
    {
        var time = new FakeTimeProvider(Start);
        var ca = new TestCa(time) { RetryAfter = 1 };
        await using var edge = await Edge.StartAsync(time, ca, new TestSettings(), new TestStore(time), [.. Enumerable.Range(0, 300).Select(i => Wishes.Of($"bad{i}.test"))]);
        edge.Reach = (_, name) => name.StartsWith("bad", StringComparison.Ordinal) ? "unreachable" : null;
        await edge.RunAsync(TimeSpan.FromSeconds(30));
        Assert.InRange(ca.FailedValidations.Count, 300, 600);

        edge.Wish(Wishes.Of("good.test"));
        await edge.RunAsync(TimeSpan.FromSeconds(10));

        Assert.Equal(AcmeCertificateState.Served, edge.Status("good.test").State);
        Assert.Equal(AcmeCertificateState.Failing, edge.Status("bad0.test").State);
    }

    /// <summary>In an outage: no timer, no task and no slot for each.</summary>
    [Fact]
    public async Task A_thousand_waiting_names_have_as_many_timers_as_ten()
    {
        Assert.Equal(await WaitAsync(10), await WaitAsync(1000));

        static async Task<(int Timers, int Ready, int Running)> WaitAsync(int names)
        {
            var time = new CountedTime(Start);
            var ca = new TestCa(time) { Instead = (_, _) => throw new HttpRequestException("connection refused") };
            await using var edge = await Edge.StartAsync(time, ca, new TestSettings(), new TestStore(time), [.. Enumerable.Range(0, names).Select(i => Wishes.Of($"n{i}.test"))]);
            await edge.RunAsync(TimeSpan.FromSeconds(20));

            var depth = edge.Get<DueQueue>().Depth;
            Assert.Equal(names, depth.Scheduled);
            return (time.Timers, depth.Ready, depth.Running);
        }
    }
}
