using AcmeKestrel.Serving;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Whoever shows what visitors get hears when that changes, and of nothing else.</summary>
public sealed class ServingReachTests
{
    [Fact]
    public void Each_other_answer_is_told_once_it_counts()
    {
        var (reach, told) = (new ServingReach(), new List<string?>());
        reach.Changed += () => told.Add(reach.Fault);

        reach.Decides("https://*:443");
        reach.Decides("https://*:443");
        reach.Hooked();
        reach.Hooked();
        reach.Decides("https://*:8443");

        Assert.Equal(["the endpoint https://*:443 chooses its certificates by itself", null], told);
    }
}
