using System.Text.Json;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Lifecycle.Planning;

/// <summary>A schedule as an earlier version wrote it.</summary>
public sealed class ScheduleJsonTests
{
    [Fact]
    public void What_was_not_known_yet_is_empty()
    {
        var read = JsonSerializer.Deserialize("{}", PlanningJson.Default.Schedule)!;

        Assert.Empty(read.FailingNames);
        Assert.Empty(read.Dropped);
        Assert.Empty(read.LeftOut);
        Assert.Empty(read.PermanentRecords);
        Assert.Empty(read.Revoked);
        Assert.Empty(read.AskedWaits);
        Assert.Empty(read.HumanWaits);
        Assert.Empty(read.SlowCas);
        Assert.False(read.HasFailures);
    }

    /// <summary>An earlier version said of a CA that was slow that a human was needed, for an hour: until that is over it is left alone.</summary>
    [Fact]
    public void A_slow_ca_is_left_alone_for_as_long_as_it_was_to_be()
    {
        var read = JsonSerializer.Deserialize(
            """{ "humanWaits": [{ "directoryUrl": "https://ca.test/dir", "since": "2026-11-23T12:00:00+00:00", "until": "2026-11-23T13:00:00+00:00", "reason": "test has not issued the order of 2026-11-23 06:00:00Z yet" }] }""", PlanningJson.Default.Schedule)!;

        Assert.Equal(("https://ca.test/dir", new DateTimeOffset(2026, 11, 23, 13, 0, 0, TimeSpan.Zero)), (read.HumanWaits[0].DirectoryUrl, read.HumanWaits[0].Until));
        Assert.True(read.HasFailures);
    }
}
