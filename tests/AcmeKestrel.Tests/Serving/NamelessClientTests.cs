using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Serving;

/// <summary>Clients that send no server name, at an address that has no certificate: behind NAT the local address is never the one that was dialled.</summary>
public sealed class NamelessClientTests
{
    private const string Fallback = "fallback.invalid";

    private static readonly TestCa Ca = new();

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7", "192.0.2.7", "2001:db8::7", "shop.test")]
    [InlineData(Fallback, "192.0.2.7", "192.0.2.8")]
    [InlineData("127.0.0.1", "192.0.2.7", "192.0.2.8", "127.0.0.1")]
    [InlineData(Fallback, "2001:db8::7")]
    [InlineData(Fallback, "shop.test")]
    public async Task The_only_address_certificate_of_the_family_is_served(string expected, params string[] certificates)
    {
        await using var edge = await TestEdge.StartAsync([.. certificates.Select(name => Ca.Issue(name))]);

        Assert.Equal(expected, (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    [Fact]
    public async Task One_certificate_for_two_addresses_is_the_only_one()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("192.0.2.7", "192.0.2.8"));

        Assert.Equal("192.0.2.7", (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    [Fact]
    public async Task An_expired_one_for_a_former_address_does_not_make_it_two()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("192.0.2.7"), Ca.Issue("192.0.2.8", KeyFamily.P256, DateTimeOffset.UtcNow.AddDays(-3), "192.0.2.8"));

        Assert.Equal("192.0.2.7", (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    [Theory]
    [InlineData("shop.test")]
    [InlineData("192.0.2.8")]
    public async Task The_default_name_of_the_settings_is_served(string name)
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Configuration["Acme:DefaultName"] = name;
                builder.WebHost.UseUrls("https://127.0.0.1:0");
            },
            null,
            Ca.Issue("192.0.2.7"),
            Ca.Issue("192.0.2.8"),
            Ca.Issue("shop.test"));

        Assert.Equal(name, (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
        Assert.Equal(Fallback, (await TlsClient.VisitAsync(edge.Https, "other.test")).Name);
    }

    [Fact]
    public async Task A_certificate_for_the_local_address_comes_before_the_default_name()
    {
        await using var edge = await TestEdge.StartAsync(
            builder =>
            {
                builder.Configuration["Acme:DefaultName"] = "shop.test";
                builder.WebHost.UseUrls("https://127.0.0.1:0");
            },
            null,
            Ca.Issue("127.0.0.1"),
            Ca.Issue("shop.test"));

        Assert.Equal("127.0.0.1", (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    /// <summary>While the state is still being listed what is stored comes when it is asked for.</summary>
    [Theory]
    [InlineData("shop.test", "127.0.0.1 shop.test")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    public async Task The_default_name_is_asked_for_where_the_address_brings_nothing(string stored, string asked)
    {
        var handler = new Shelf();
        await using var edge = await TestEdge.StartAsync(builder =>
        {
            builder.Configuration["Acme:DefaultName"] = "shop.test";
            builder.Services.AddSingleton<ICertificateMissHandler>(handler);
            builder.WebHost.UseUrls("https://127.0.0.1:0");
        });
        handler.Answer = name =>
        {
            if (name != stored) return false;

            edge.Table.Publish(Ca.Issue(name));
            return true;
        };

        Assert.Equal(stored, (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
        Assert.Equal(asked.Split(' '), handler.Asked);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("2001:db8::1", "2001:db8:0::1")]
    [InlineData("2001:db8::5efe:c000:201", "2001:db8::5efe:192.0.2.1")]
    [InlineData("fe80::1", "fe80::1%2")]
    public async Task The_local_address_is_found_in_whatever_form_the_platform_writes_it(string certificate, string local)
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue(certificate), Ca.Issue("192.0.2.7"), Ca.Issue("2001:db8::7"));
        var finder = edge.App.Services.GetRequiredService<CertificateFinder>();

        var found = await finder.FindAsync(new ClientHello(null, IsAcmeTlsAlpn: false, KeyFamily.All), new IPEndPoint(IPAddress.Parse(local), 443), null, out _);

        Assert.Equal(certificate, Assert.Single(SubjectNames.Of(found!.Context.TargetCertificate)).Value);
    }

    [Fact]
    public async Task A_connection_without_an_address_gets_the_default_name_only()
    {
        await using var edge = await TestEdge.StartAsync(Ca.Issue("192.0.2.7"));
        var finder = edge.App.Services.GetRequiredService<CertificateFinder>();

        Assert.Null(await finder.FindAsync(new ClientHello(null, IsAcmeTlsAlpn: false, KeyFamily.All), new UnixDomainSocketEndPoint("/run/edge"), null, out _));
    }

    private sealed class Shelf : ICertificateMissHandler
    {
        public List<string> Asked { get; } = [];

        public Func<string, bool> Answer { get; set; } = _ => false;

        public bool IsAsked => true;

        public bool IsListing => false;

        public ValueTask<bool> MayHaveAsync(string name, CancellationToken cancellationToken) => new(true);

        public ValueTask<bool> OnMissAsync(CertificateQuestion question, CancellationToken cancellationToken)
        {
            Asked.Add(question.Name);
            return new(Answer(question.Name));
        }
    }
}
