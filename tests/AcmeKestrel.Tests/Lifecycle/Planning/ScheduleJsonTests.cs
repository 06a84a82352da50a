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
        Assert.False(read.HasFailures);
    }
}
