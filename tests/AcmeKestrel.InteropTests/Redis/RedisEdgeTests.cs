using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.LocalCa;

namespace AcmeKestrel.InteropTests.Redis;

/// <summary>Two SampleWebs with folders of their own and one Redis: the state is there.</summary>
public sealed class RedisEdgeTests : IAsyncLifetime
{
    private LocalCaApp _ca = null!;
    private RedisServer _redis = null!;
    private SampleEdge _first = null!;
    private SampleEdge _second = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(Stop, password: "of-redis");
        _ca = await LocalCaApp.StartAsync();
        (_first, _second) = (new SampleEdge(_ca.HttpPort, _ca.TlsPort), new SampleEdge());
        foreach (var edge in (SampleEdge[])[_first, _second])
        {
            edge.Using(_ca, "shop.test");
            edge.Settings["Acme__Store__Type"] = "Redis";
            edge.Settings["Acme__Store__Redis__Configuration"] = _redis.Configuration;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in (IAsyncDisposable?[])[_first, _second, _ca, _redis])
        {
            if (part is not null) await part.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_orders_and_both_serve_without_a_restart_and_after_one()
    {
        _first.Start();
        var ordered = await _first.ServedAsync("shop.test", Stop);
        _second.Start();
        Assert.Equal(ordered.Certificate.Thumbprint, (await _second.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);

        Assert.Equal(0, await _first.Process.StopAsync(Stop));
        _first.Start();
        Assert.Equal(ordered.Certificate.Thumbprint, (await _first.FirstHandshakeAsync("shop.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(1, _ca.Requests.Count(resource => resource == "new-order"));
        Assert.False(Directory.Exists(_first.InState("certs")));
        foreach (var edge in (SampleEdge[])[_first, _second]) Assert.DoesNotContain("of-redis", edge.Process.Output, StringComparison.Ordinal);
    }

    /// <summary>A command beside them is a third process: what it asks for is a record that the one with the lease carries out, and the other one hears of what came of it.</summary>
    [Fact]
    public async Task What_one_renews_because_another_asked_for_it_the_third_one_serves_without_a_restart()
    {
        _first.Start();
        var ordered = await _first.ServedAsync("shop.test", Stop);
        _second.Start();
        await _second.ServedAsync("shop.test", Stop);

        var command = _first.Start("acme", "renew", "shop.test", "--force");
        Assert.True(await command.ExitAsync(Stop) == 0, command.Output);
        Assert.Contains("Another process has the state, and does it.", command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("failed to start", command.Output, StringComparison.Ordinal);
        await Patience.UntilAsync(
            async token => (await _second.ServedAsync("shop.test", token)).Certificate.Thumbprint == ordered.Certificate.Thumbprint ? null : "", () => _second.Process.Output, Stop);
    }

    [Fact]
    public async Task Started_without_Redis_it_runs_says_why_and_orders_when_it_comes()
    {
        await _redis.StopAsync(Stop);
        _first.Start();
        Assert.True((await _first.FirstHandshakeAsync("shop.test", Stop)).IsSelfSigned);
        await _first.Process.LineAsync(line => line.Contains($"Redis at 127.0.0.1:{_redis.Port} cannot be reached", StringComparison.Ordinal), Stop);

        await _redis.StartAgainAsync(Stop);
        Assert.True((await _first.ServedAsync("shop.test", Stop)).Covers("shop.test"));
    }
}
