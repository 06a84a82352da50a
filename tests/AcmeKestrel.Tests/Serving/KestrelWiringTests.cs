using System.Net;
using AcmeKestrel.Challenges;
using AcmeKestrel.Certificates;
using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>AddAcme() alone serves certificates and answers probes, however and in whatever order Kestrel is configured.</summary>
public sealed class KestrelWiringTests
{
    private static readonly TestCa Ca = new();

    [Fact]
    public async Task Urls_alone_are_enough()
    {
        await using var edge = await TestEdge.StartAsync();

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "shop.test")).Name);

        edge.Table.Publish(Ca.Issue("shop.test"));
        var seen = await TlsClient.VisitAsync(edge.Https, "shop.test", Ca);

        Assert.Equal(("shop.test", 1, "h2", true), (seen.Name, seen.Intermediates, seen.Alpn, seen.IsTrusted));
    }
}
