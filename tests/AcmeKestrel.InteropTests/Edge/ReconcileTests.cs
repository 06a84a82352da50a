using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary><c>SampleWeb acme reconcile</c> as an operator calls it.</summary>
public sealed class ReconcileTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_pass_requests_what_is_missing_and_the_next_one_has_nothing_to_do()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test", "blog.test");

        Assert.Equal(0, await edge.Start("acme", "reconcile").ExitAsync(Stop));
        Assert.Equal(2, edge.Process.Output.Split('\n').Count(line => line.Contains(".test: served", StringComparison.Ordinal)));
        Assert.Equal(["blog.test", "shop.test"], StoredCertificates.Labels(edge.StateDirectory));
        Assert.Equal(0, await edge.Start("acme", "reconcile").ExitAsync(Stop));
        Assert.Equal(2, ca.Orders());
    }

    [Fact]
    public async Task Where_some_names_fail_it_exits_with_3_and_has_the_others()
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test", PebbleServer.BlockedName);

        Assert.Equal(3, await edge.Start("acme", "reconcile").ExitAsync(Stop));

        Assert.Equal(["shop.test"], StoredCertificates.Labels(edge.StateDirectory));
        await edge.Process.LineAsync(line => line.StartsWith($"{PebbleServer.BlockedName}: ", StringComparison.Ordinal), Stop);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_a_server_already_runs_on_this_state_that_one_makes_the_pass(bool onTheSamePorts)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, nonceReject: 0, Stop);
        edge.Using(ca, "shop.test").Start();
        await edge.ServedAsync("shop.test", Stop);
        if (!onTheSamePorts)
        {
            edge.Settings["Kestrel__Endpoints__Http__Url"] = $"http://127.0.0.1:{FreePort.Next()}";
            edge.Settings["Kestrel__Endpoints__Https__Url"] = $"https://127.0.0.1:{FreePort.Next()}";
        }

        Assert.Equal(0, await edge.Start("acme", "reconcile").ExitAsync(Stop));

        await edge.Process.LineAsync(line => line.StartsWith("The server does it", StringComparison.Ordinal), Stop);
        Assert.Equal(1, ca.Orders());
    }

    [Fact]
    public async Task Help_is_there_without_starting_anything()
    {
        await using var edge = new SampleEdge();

        Assert.Equal(0, await edge.Start("acme", "--help").ExitAsync(Stop));

        Assert.Contains("reconcile", edge.Process.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(edge.StateDirectory));
    }
}
