using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Tests.Yarp;

public sealed class YarpRouteHostsTests
{
    [Fact]
    public async Task Routes_are_wished_before_the_server_listens_and_while_it_runs()
    {
        await using var app = CreateApp();
        var source = Assert.Single(app.Services.GetServices<IDesiredCertificateSource>(), source => source.Source == AcmeWishSource.Yarp);

        app.MapReverseProxy();
        Assert.Equal(["a.test"], await NamesAsync(source));

        var fired = 0;
        using var registration = ChangeToken.OnChange(source.GetChangeToken, () => fired++);
        Update(app, ["a.test"], ["B.test"]);
        Assert.Equal(["a.test", "b.test"], await NamesAsync(source));
        Assert.Equal(1, fired);

        Update(app, ["b.test", "a.test"], ["b.test"]);
        Assert.Equal(2, fired);
        Update(app, ["b.test", "a.test"], ["b.test"]);
        Assert.Equal(2, fired);

        Update(app, ["a.test"]);
        Assert.Equal(["a.test"], await NamesAsync(source));
    }

    /// <summary>What YARP proxies is what its filters make of the configuration.</summary>
    [Fact]
    public async Task Hosts_that_a_filter_of_YARPs_sets_are_wished_in_the_place_of_those_it_replaces()
    {
        await using var app = CreateApp(builder => builder.Services.AddSingleton<IProxyConfigFilter, Filter>());
        var source = Assert.Single(app.Services.GetServices<IDesiredCertificateSource>(), source => source.Source == AcmeWishSource.Yarp);

        app.MapReverseProxy();
        Assert.Equal(["filtered.a.test"], await NamesAsync(source));

        Update(app, ["a.test"], ["out.test"]);
        Assert.Equal(["filtered.a.test"], await NamesAsync(source));
    }

    [Fact]
    public void Adding_twice_is_harmless()
    {
        var services = new ServiceCollection();
        services.AddAcme().AddYarpHosts();
        var once = services.Count;

        services.AddAcme().AddYarpHosts();

        Assert.Equal(once, services.Count);
    }

    private static WebApplication CreateApp(Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddReverseProxy().LoadFromMemory(Routes(["a.test"]), []);
        builder.Services.AddAcme().AddYarpHosts();
        configure?.Invoke(builder);
        return builder.Build();
    }

    private static void Update(WebApplication app, params string[][] hosts) => app.Services.GetRequiredService<InMemoryConfigProvider>().Update(Routes(hosts), []);

    private static RouteConfig[] Routes(params string[][] hosts) => [.. hosts.Select((names, index) => RouteHostsTests.Route($"r{index}", names))];

    private static async Task<IEnumerable<string>> NamesAsync(IDesiredCertificateSource source) =>
        (await source.ListAsync(TestContext.Current.CancellationToken)).Certificates.SelectMany(certificate => certificate.Names);

    private sealed class Filter : IProxyConfigFilter
    {
        public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster);

        public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
        {
            if (route.Match.Hosts is ["out.test"]) return new(route with { Metadata = new Dictionary<string, string> { ["Acme"] = "false" } });
            return new(route with { Match = route.Match with { Hosts = [.. route.Match.Hosts!.Select(host => $"filtered.{host}")] } });
        }
    }
}
