using AcmeKestrel.LocalCa;

namespace AcmeKestrel.Tests.Zones;

/// <summary><c>Acme:Dns:Propagation:Delay</c>: secondaries that nobody here can look at get their time.</summary>
public sealed class DnsDelayTests : TimedDnsScene
{
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(10);

    /// <summary>When the CA was told to look.</summary>
    private readonly List<DateTimeOffset> _told = [];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_ca_is_told_when_the_record_was_left_alone_for_as_long_as_is_wished(bool isLookedFor)
    {
        Settings.Dns = Settings.Dns with { Delay = Delay, ChecksPropagation = isLookedFor };
        await using var edge = await StartAsync("*.shop.test");

        await ComeToAsync(edge, "left alone");
        var since = Time.GetUtcNow();
        Assert.Equal("proving *.shop.test by dns-01 (its DNS records are left alone for a while)", edge.Status(Label).Reason);
        Assert.Equal(isLookedFor, Zone.Done.Contains("look _acme-challenge.shop.test"));
        await edge.RunUntilAsync(since + Delay - TimeSpan.FromSeconds(1));
        Assert.Empty(_told);

        Assert.Equal(AcmeCertificateState.Served, (await EndAsync(edge)).State);
        Assert.Equal([since + Delay], _told);
    }

    private protected override LocalCaReply Pass(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next)
    {
        if (request.Resource == "challenge") _told.Add(Time.GetUtcNow());
        return next(request);
    }
}
