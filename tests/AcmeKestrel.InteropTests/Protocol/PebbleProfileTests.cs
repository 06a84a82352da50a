using System.Collections.Immutable;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.InteropTests.Protocol;

/// <summary>A CA with two profiles; the newest Pebble only.</summary>
public sealed class PebbleProfileTests(SharedPebbles pebbles)
{
    private static readonly ImmutableDictionary<string, TimeSpan> Two =
        ImmutableDictionary<string, TimeSpan>.Empty.Add("default", TimeSpan.FromDays(90)).Add("shortlived", TimeSpan.FromDays(6));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_directory_lists_them()
    {
        using var client = (await PebbleAsync()).NewClient();

        var listed = (await client.GetDirectoryAsync(Ct)).Profiles;

        Assert.Equal([("default", "90 days"), ("shortlived", "6 days")], listed.Select(profile => (profile.Key, profile.Value)).Order());
    }

    [Theory]
    [InlineData("default", 90)]
    [InlineData("shortlived", 6)]
    public async Task The_chosen_one_is_echoed_and_seen_in_the_certificate(string profile, int days)
    {
        using var client = (await PebbleAsync()).NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);

        using var issued = await account.IssueAsync(PlainIssuance.Request("profiled.test") with { Profile = profile }, Ct);

        Assert.Equal(profile, issued.Order.Profile);
        Assert.Equal(TimeSpan.FromDays(days) - TimeSpan.FromSeconds(1), issued.Certificate.NotAfter - issued.Certificate.NotBefore);
    }

    [Fact]
    public async Task Where_none_is_asked_for_the_order_tells_the_CAs_choice()
    {
        using var client = (await PebbleAsync()).NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);

        var order = await account.OrderAsync(PlainIssuance.Request("unprofiled.test"), Ct);

        Assert.Contains(order.Profile!, Two);
    }

    [Fact]
    public async Task An_unlisted_one_is_refused()
    {
        using var client = (await PebbleAsync()).NewClient();
        using var key = AcmeAccountKey.Create();
        var account = await client.RegisterAsync(key, Ct);

        var refused = await Assert.ThrowsAsync<AcmeException>(() => account.OrderAsync(PlainIssuance.Request("profiled.test") with { Profile = "tlsclient" }, Ct));

        Assert.Equal((AcmeFault.Rejected, 400), (refused.Fault, refused.StatusCode));
        Assert.True(refused.Problem!.Is("invalidProfile"), refused.Message);
    }

    [Fact]
    public async Task The_edge_serves_a_certificate_of_the_configured_one()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Newest) { HttpPort = edge.HttpPort, TlsPort = edge.HttpsPort, Profiles = Two }, Ct);
        edge.Using(ca, "first.test", "second.test", "third.test").Settings["Acme__Providers__pebble__Profile"] = "shortlived";

        edge.Start();

        // An order without a profile would get a random one.
        foreach (var name in (string[])["first.test", "second.test", "third.test"])
        {
            var served = await edge.ServedAsync(name, Ct);
            Assert.Equal(6, (int)Math.Ceiling((served.Certificate.NotAfter - served.Certificate.NotBefore).TotalDays));
        }
    }

    private Task<PebbleServer> PebbleAsync() => pebbles.GetAsync(new PebbleSettings(PebbleVersion.Newest) { AlwaysValid = true, Profiles = Two }, Ct);
}
