namespace AcmeKestrel.Tests.Zones;

/// <summary>An order under way by dns-01 while a clock that was ahead is set right: by less than the longest wait there is, and by more.</summary>
public sealed class DnsClockTests : TimedDnsScene
{
    [Theory]
    [InlineData(2)]
    [InlineData(192)]
    public async Task Its_records_are_looked_for_at_once(int hours)
    {
        Zone.Looking = _ => [new DnsAbsence("ns1", "has no such record")];
        await using var edge = await StartAsync("*.shop.test");
        await ComeToAsync(edge, "not to be seen everywhere yet");
        var looks = Zone.Done.Count;

        // As the dispatcher does when it notices, all names are looked at again.
        Time.AdjustTime(Time.GetUtcNow() - TimeSpan.FromHours(hours));
        Zone.Looking = _ => [];
        edge.Wake([Label]);

        Assert.Equal(AcmeCertificateState.Served, (await EndAsync(edge)).State);
        Assert.Equal("look _acme-challenge.shop.test", Zone.Done.ElementAt(looks));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(192)]
    public async Task They_are_left_alone_for_as_long_as_is_wished_and_no_longer(int hours)
    {
        Settings.Dns = Settings.Dns with { Delay = TimeSpan.FromMinutes(10) };
        await using var edge = await StartAsync("*.shop.test");
        await ComeToAsync(edge, "left alone");

        Time.AdjustTime(Time.GetUtcNow() - TimeSpan.FromHours(hours));
        edge.Wake([Label]);
        await edge.RunAsync(TimeSpan.FromMinutes(11));

        Assert.Equal(AcmeCertificateState.Served, (await EndAsync(edge)).State);
    }
}
