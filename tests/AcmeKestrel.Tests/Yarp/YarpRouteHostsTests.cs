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

    [Fact]
    public void Adding_twice_is_harmless()
    {
        var services = new ServiceCollection();
        services.AddAcme().AddYarpHosts();
        var once = services.Count;

        services.AddAcme().AddYarpHosts();

        Assert.Equal(once, services.Count);
    }

    private static WebApplication CreateApp()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddReverseProxy().LoadFromMemory(Routes(["a.test"]), []);
        builder.Services.AddAcme().AddYarpHosts();
        return builder.Build();
    }

    private static void Update(WebApplication app, params string[][] hosts) => app.Services.GetRequiredService<InMemoryConfigProvider>().Update(Routes(hosts), []);

    private static RouteConfig[] Routes(params string[][] hosts) => [.. hosts.Select((names, index) => RouteHostsTests.Route($"r{index}", names))];

    private static async Task<IEnumerable<string>> NamesAsync(IDesiredCertificateSource source) =>
        (await source.ListAsync(TestContext.Current.CancellationToken)).Certificates.SelectMany(certificate => certificate.Names);
}
