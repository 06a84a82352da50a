using System.Collections.Concurrent;
using AcmeKestrel.InteropTests.Fleet;
using AcmeKestrel.InteropTests.LocalCa;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>SampleWeb, told of no name, with an endpoint that says which ones are allowed.</summary>
public sealed class OnDemandTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> _asked = [];
    private readonly WebApplication _endpoint;

    public OnDemandTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _endpoint = builder.Build();
        _endpoint.Run(context =>
        {
            var name = context.Request.Query["domain"].ToString();
            _asked.Enqueue(name);
            context.Response.StatusCode = name.EndsWith(".customer.test", StringComparison.Ordinal) ? 200 : 404;
            return Task.CompletedTask;
        });
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _endpoint.StartAsync(Stop);

    public ValueTask DisposeAsync() => _endpoint.DisposeAsync();

    [Fact]
    public async Task The_first_visitor_of_an_allowed_name_is_shown_its_certificate_and_a_denied_one_costs_no_order()
    {
        RealThing.Require("openssl", "openssl");
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = Asking(ca, new SampleEdge(ca.HttpPort, ca.TlsPort));
        edge.Start();
        await edge.FirstHandshakeAsync("nobody.invalid", Stop);
        await edge.ServedAsync("warm.customer.test", Stop);

        var (code, output) = await ca.RunAsync("sh", ["-c", $"openssl s_client -connect 127.0.0.1:{edge.HttpsPort} -servername shop.customer.test -verify_hostname shop.customer.test -verify_return_error -CAfile {ca.RootPath} </dev/null"]);

        Assert.True(code == 0, output);
        Assert.Contains("Verification: OK", output, StringComparison.Ordinal);
        Assert.True((await edge.FirstHandshakeAsync("shop.stranger.test", Stop)).IsSelfSigned);
        Assert.Equal(["warm.customer.test", "shop.customer.test", "shop.stranger.test"], _asked.Distinct());
        Assert.Equal((1, 2), (_asked.Count(name => name == "shop.customer.test"), ca.Requests.Count(resource => resource == "new-order")));
        Assert.True(File.Exists(edge.InState("on-demand", "shop.customer.test.json")));
    }

    [Fact]
    public async Task After_a_kill_it_is_served_without_a_question_or_an_order()
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = Asking(ca, new SampleEdge(ca.HttpPort, ca.TlsPort));
        edge.Start();
        var before = await edge.ServedAsync("shop.customer.test", Stop);
        await edge.Process.KillAsync(Stop);
        var asked = _asked.Count;

        edge.Start();

        Assert.Equal(before.Certificate.Thumbprint, (await edge.FirstHandshakeAsync("shop.customer.test", Stop)).Certificate.Thumbprint);
        Assert.Equal((asked, 1), (_asked.Count, ca.Requests.Count(resource => resource == "new-order")));
    }

    [Theory]
    [InlineData("Directory")]
    [InlineData("Redis")]
    [InlineData("PostgreSql")]
    public async Task A_visitor_of_a_process_beside_the_one_that_has_the_state_gets_it_too(string type)
    {
        await using var engine = type == "Directory" ? null : await FleetEngine.StartAsync(type, Stop);
        await using var ca = await LocalCaApp.StartAsync();
        await using var first = Asking(ca, new SampleEdge(ca.HttpPort, ca.TlsPort));
        await using var second = Asking(ca, new SampleEdge());
        if (engine is null) second.Settings["Acme__StateDirectory"] = first.StateDirectory;
        foreach (var edge in (SampleEdge[])[first, second]) engine?.Use(edge, engine.Port);
        first.Start();
        await first.ServedAsync("warm.customer.test", Stop);
        second.Start();

        var served = await second.ServedAsync("shop.customer.test", Stop);

        Assert.Equal(served.Certificate.Thumbprint, (await first.ServedAsync("shop.customer.test", Stop)).Certificate.Thumbprint);
        Assert.Equal(2, ca.Requests.Count(resource => resource == "new-order"));
    }

    private SampleEdge Asking(LocalCaApp ca, SampleEdge edge)
    {
        edge.Settings["Acme__OnDemand__Ask"] = _endpoint.Urls.First() + "/check";
        return edge.Using(ca);
    }
}
