using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle.Planning;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>What is under way may be with a provider, or by a way, that is not wished any more. <see cref="ReloadedSettingsTests"/> has each key.</summary>
public sealed class SettingsConcernTests
{
    private static readonly Wish Elsewhere = Wishes.Of("shop.test") with { Provider = "elsewhere", Challenges = [ChallengeTypes.Http01] };

    private readonly TestSettings _settings = new() { Other = new TestSettings { DirectoryUrl = "https://other.test/dir" }.Provider with { Name = "other" } };

    [Theory]
    [InlineData("test", true)]
    [InlineData("other", false)]
    [InlineData(null, false)]
    public void An_order_in_flight_at_a_provider_that_changed_is_concerned(string? orderedAt, bool isConcerned)
    {
        var before = _settings.Current;
        _settings.Profile = "short";
        var concern = SettingsConcern.Between(before, _settings.Current);

        Assert.Equal(isConcerned, concern.IsOf(Elsewhere, Ordered(orderedAt)));
        Assert.Equal(isConcerned, concern.IsOf(null, Ordered(orderedAt)));
    }

    [Fact]
    public void An_order_of_what_is_wished_no_more_is_concerned_by_who_writes_into_DNS()
    {
        var before = _settings.Current;
        _settings.Dns = new DnsSettings { Default = "corp" };
        var concern = SettingsConcern.Between(before, _settings.Current);

        Assert.True(concern.IsOf(null, Ordered("test")));
        Assert.False(concern.IsOf(null, null));
        Assert.False(concern.IsOf(Elsewhere, Ordered("test")));
        Assert.True(concern.IsOf(Elsewhere with { Challenges = [ChallengeTypes.Http01, ChallengeTypes.Dns01] }, null));
    }

    private static OrderPurpose? Ordered(string? at) => at is null ? null : new OrderPurpose("print") { Provider = at };
}
