using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using AcmeKestrel.Serving;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using TestCa = AcmeKestrel.Tests.Serving.TestCa;

namespace AcmeKestrel.Tests.Serving;

/// <summary><c>UnknownHosts</c> = <c>Reject</c>: nobody sees a stand-in, whatever the reason for it.</summary>
public sealed class UnknownHostTests
{
    private static readonly TestCa Ca = new();

    [Fact]
    public async Task While_an_http_01_answer_for_the_name_is_live_the_handshake_goes_through_with_the_fallback()
    {
        await using var edge = await StartAsync();
        var answer = Probes.Pending("new.test", ChallengeTypes.Http01);
        edge.Answers.Publish(answer);

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "new.test")).Name);
        await AssertRefusedAsync(edge, "other.test");

        edge.Answers.Withdraw(answer);
        await AssertRefusedAsync(edge, "new.test");
    }

    [Fact]
    public async Task For_an_address_being_validated_a_handshake_without_a_name_goes_through()
    {
        await using var edge = await StartAsync();
        await AssertRefusedAsync(edge, "127.0.0.1");

        edge.Answers.Publish(Probes.Pending("192.0.2.7", ChallengeTypes.Http01));

        Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "127.0.0.1")).Name);
    }

    /// <summary>Its CA may be on its way, by a redirect from port 80, to whichever process it meets.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_another_process_orders_a_name_that_is_wished_and_has_no_certificate_goes_through(bool isElsewhere)
    {
        await using var edge = await StartAsync(builder => builder.Services.AddSingleton<IStoredAnswers>(new Others { AreElsewhere = isElsewhere }));
        edge.Table.ChangeWishes([new WishChange("new.test", null, Wishes.Of("new.test"))]);

        if (isElsewhere) Assert.Equal("fallback.invalid", (await TlsClient.VisitAsync(edge.Https, "new.test")).Name);
        else await AssertRefusedAsync(edge, "new.test");
        await AssertRefusedAsync(edge, "other.test");
    }

    /// <summary>A client may send what is no name at all.</summary>
    [Theory]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("LONG.test")]
    public async Task What_is_no_name_is_none_of_the_development_certificates(string serverName)
    {
        var development = Ca.UsersOwn("localhost");
        await using var edge = await StartAsync(builder => builder.Services.AddSingleton(new DevelopmentCertificate(development)));
        var unknown = edge.App.Services.GetRequiredService<UnknownHosts>();

        Assert.True(unknown.Refuse(development, serverName.Replace("LONG", new string('a', 200), StringComparison.Ordinal), mayBeStored: false));
        Assert.False(unknown.Refuse(development, "localhost", mayBeStored: false));
    }

    [Fact]
    public async Task A_Kestrel_of_unknown_shape_refuses_too()
    {
        await using var edge = await StartAsync(builder => builder.Services.AddSingleton(new KestrelShape(IsKnown: false)));

        await AssertRefusedAsync(edge, "other.test");
        Assert.True((await TlsClient.VisitAsync(edge.Https, "shop.test", Ca)).IsTrusted);
    }

    [Fact]
    public async Task The_development_certificate_is_one_for_its_own_names_only()
    {
        await using var edge = await StartAsync(builder => builder.Services.AddSingleton(new DevelopmentCertificate(Ca.UsersOwn("localhost"))));

        await AssertRefusedAsync(edge, "other.test");
        Assert.Equal("localhost", (await TlsClient.VisitAsync(edge.Https, "localhost")).Name);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_counts_as_none()
    {
        await using var edge = await StartAsync();
        edge.Table.Publish(Ca.Issue("broken.test") with { PrivateKeyPkcs8 = Ca.Issue("other.test").PrivateKeyPkcs8 });

        await AssertRefusedAsync(edge, "broken.test");
    }

    [Fact]
    public async Task A_hello_beyond_the_cap_is_refused()
    {
        await using var edge = await StartAsync(builder => builder.Services.AddSingleton(new ServingLimits { MaxHelloBytes = 100 }));

        await AssertRefusedAsync(edge, "shop.test");
    }

    [Fact]
    public async Task Where_the_user_gave_a_certificate_unknown_names_are_not_refused()
    {
        await using var edge = await StartAsync(builder => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => https.ServerCertificate = Ca.UsersOwn("users-own.test"))));

        Assert.Equal("users-own.test", (await TlsClient.VisitAsync(edge.Https, "other.test")).Name);
    }

    private static Task<TestEdge> StartAsync(Action<WebApplicationBuilder>? configure = null) => TestEdge.StartAsync(
        builder =>
        {
            builder.Configuration["Acme:UnknownHosts"] = "Reject";
            builder.WebHost.UseUrls("https://127.0.0.1:0");
            configure?.Invoke(builder);
        },
        null,
        Ca.Issue("shop.test"));

    private static async Task AssertRefusedAsync(TestEdge edge, string name)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => TlsClient.VisitAsync(edge.Https, name));
        Assert.True(refused is IOException or AuthenticationException, refused.ToString());
    }

    private sealed class Others : IStoredAnswers
    {
        public bool AreElsewhere { get; init; }

        public ValueTask<ChallengeAnswer?> FindHttp01Async(string token, CancellationToken cancellationToken) => default;

        public ValueTask<ChallengeAnswer?> FindTlsAlpn01Async(string serverName, CancellationToken cancellationToken) => default;
    }
}
