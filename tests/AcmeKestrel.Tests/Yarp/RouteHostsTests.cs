using AcmeKestrel.Desired;
using AcmeKestrel.Yarp;
using Yarp.ReverseProxy.Configuration;

namespace AcmeKestrel.Tests.Yarp;

public sealed class RouteHostsTests
{
    [Theory]
    [InlineData("shop.test", "shop.test")]
    [InlineData("Shop.Test:8443", "shop.test")]
    [InlineData("shop.test:*", "shop.test")]
    [InlineData("bücher.test", "xn--bcher-kva.test")]
    [InlineData("*.shop.test", "*.shop.test")]
    [InlineData("localhost", "localhost")]
    public void A_host_is_wished_in_canonical_form(string host, string name)
    {
        var read = Read([Route("r", [host])]);

        Assert.Equal([name], Assert.Single(read.Certificates).Names);
        Assert.Empty(read.Problems);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*:8080")]
    [InlineData("")]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1:8080")]
    [InlineData("[2001:db8::1]:8080")]
    public void Any_host_and_addresses_are_passed_over(string host)
    {
        var read = Read([Route("r", [host])]);

        Assert.Empty(read.Certificates);
        Assert.Empty(read.Problems);
    }

    [Fact]
    public void A_bad_host_is_a_problem_that_names_its_route()
    {
        var read = Read([Route("broken", ["bad host:x", "good.test"])]);

        var problem = Assert.Single(read.Problems);
        Assert.Equal("YARP route 'broken'", problem.Origin);
        Assert.Contains("'bad host:x'", problem.Message);
        Assert.Equal("YARP route 'broken'", Assert.Single(read.Certificates).Origin);
    }

    [Theory]
    [InlineData("false", 0, 0)]
    [InlineData("False", 0, 0)]
    [InlineData("true", 1, 0)]
    [InlineData("no", 0, 1)]
    public void Metadata_opts_a_route_out(string value, int certificates, int problems)
    {
        var read = Read([Route("r", ["a.test"]) with { Metadata = new Dictionary<string, string> { ["Acme"] = value } }]);

        Assert.Equal((certificates, problems), (read.Certificates.Count, read.Problems.Count));
    }

    [Fact]
    public void A_host_of_several_routes_is_wished_once()
    {
        var read = Read([Route("b", ["A.test", "b.test"]), Route("a", ["a.test:443"]), Route("c", null)]);

        Assert.Equal([("a.test", "YARP route 'a'"), ("b.test", "YARP route 'b'")], read.Certificates.Select(certificate => (certificate.Names[0], certificate.Origin)).Order());
    }

    private static DesiredCertificates Read(IEnumerable<RouteConfig> routes)
    {
        var index = new RouteIndex();
        index.Take(routes);
        var said = index.All().Values;
        return new DesiredCertificates([.. said.SelectMany(route => route.Certificates)]) { Problems = [.. said.SelectMany(route => route.Problems)] };
    }

    internal static RouteConfig Route(string id, string[]? hosts) => new() { RouteId = id, ClusterId = "c", Match = new RouteMatch { Hosts = hosts, Path = "/{**rest}" } };
}
