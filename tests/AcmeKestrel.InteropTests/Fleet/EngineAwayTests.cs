using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Fleet;

/// <summary>"The engine is away" of docs/fleet.md: stopped under a running SampleWeb, and started again.</summary>
public sealed class EngineAwayTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Redis")]
    [InlineData("PostgreSql")]
    public async Task What_is_known_is_served_and_what_is_wished_meanwhile_is_ordered_when_it_is_back(string type)
    {
        await using var engine = await FleetEngine.StartAsync(type, Stop);
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort);
        engine.Use(edge.Using(ca), engine.Port);
        edge.Settings["Acme__Store__LeaseDuration"] = "00:00:06";
        edge.Settings["Management__Url"] = $"http://127.0.0.1:{FreePort.Next()}";
        edge.Wish("shop.test");
        edge.Start();
        var ordered = await edge.ServedAsync("shop.test", Stop);
        await HealthAsync(edge, health => health == "Healthy\nacme: Healthy: 1 certificates\n");

        await engine.StopAsync(Stop);
        await edge.Process.LineAsync(line => line.Contains("so nothing is ordered", StringComparison.Ordinal), Stop);
        await HealthAsync(edge, health => health.StartsWith("Degraded\nacme: Degraded: 1 of 1 certificates are good; nothing is ordered: ", StringComparison.Ordinal));
        edge.Wish("shop.test", "late.test");
        await HealthAsync(edge, health => health.StartsWith("Degraded", StringComparison.Ordinal) && health.Contains(" of 2 certificates are good; nothing is ordered: ", StringComparison.Ordinal));
        Assert.Equal(ordered.Certificate.Thumbprint, (await edge.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.True((await edge.FirstHandshakeAsync("late.test", Stop)).IsSelfSigned);
        Assert.Equal(1, ca.Requests.Count(resource => resource == "new-order"));

        await engine.StartAgainAsync(Stop);
        await edge.ServedAsync("late.test", Stop);
        await HealthAsync(edge, health => health == "Healthy\nacme: Healthy: 2 certificates\n");
        Assert.Equal(ordered.Certificate.Thumbprint, (await edge.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(2, ca.Requests.Count(resource => resource == "new-order"));
    }

    private static async Task HealthAsync(SampleEdge edge, Func<string, bool> isSo)
    {
        using var client = new HttpClient();
        var health = "";
        await Patience.UntilAsync(
            async token => isSo(health = await client.GetStringAsync(new Uri(edge.Settings["Management__Url"] + "/health"), token)) ? "" : null,
            () => $"Health was: {health}\n{edge.Process.Output}",
            Stop);
    }
}
