using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Serving;

/// <summary>An operator has switched resumption off for the whole process (<c>System.Net.Security.DisableTlsResume</c>), as some rules for hardening want it. That sharing is tried without it, and succeeds, SharedContextTests of the unit tests show.</summary>
public sealed class NoResumptionTests
{
    private const int Visits = 40;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everybody_is_served_and_nobody_is_warned_that_nothing_is_shared()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort).Using(ca, "shop.test", "other.test");
        edge.Settings["DOTNET_SYSTEM_NET_SECURITY_DISABLETLSRESUME"] = "1";
        edge.Start();

        // Contexts to be shared would be tried beside the first of them.
        for (var visit = 0; visit < Visits; visit++) await edge.ServedAsync(visit % 2 == 0 ? "shop.test" : "other.test", Stop);

        Assert.DoesNotContain("share no TLS context", edge.Process.Output, StringComparison.Ordinal);
    }
}
