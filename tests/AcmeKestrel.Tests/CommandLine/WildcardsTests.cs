using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Tests.Zones;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>Acme:Wildcards</c> in an application, from its settings to what a command says.</summary>
public sealed class WildcardsTests : CommandScene
{
    [Fact]
    public async Task Names_of_one_domain_are_served_by_one_certificate_whoever_wishes_them_and_one_more_orders_nothing()
    {
        var zone = new FakeZone();
        Also = services => services.AddSingleton(new DnsProviderInCode("corp", _ => zone)).AddSingleton<IDnsLookup>(zone);
        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Wildcards:0"] = "shop.test";
        Settings["Acme:Domains:0"] = "a.shop.test";
        Settings["Acme:Domains:1"] = "shop.test";
        Settings["Acme:Certificates:old:Names:0"] = "old.shop.test";
        await AcmeAsync("want", "b.shop.test");
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);

        Assert.Equal(["*.shop.test", "old"], (await AcmeAsync("status")).Output.Select(line => line[..line.IndexOf(": served", StringComparison.Ordinal)]));
        Assert.Contains("wishes a certificate for *.shop.test, shop.test from test", (await AcmeAsync("explain", "b.shop.test")).Text, StringComparison.Ordinal);
        Assert.Contains("add _acme-challenge.shop.test", zone.Done);

        var ensured = await Certificates(server).EnsureAsync(new AcmeCertificateRequest("c.shop.test"), Token).WaitAsync(Deadline, Token);

        Assert.Equal(("*.shop.test", AcmeCertificateState.Served, 2), (ensured.Label, ensured.State, Orders));
        var issued = await AcmeAsync("issue", "d.shop.test");
        Assert.Equal(0, issued.Exit);
        Assert.StartsWith("*.shop.test: served", issued.Output[^1], StringComparison.Ordinal);
    }
}
