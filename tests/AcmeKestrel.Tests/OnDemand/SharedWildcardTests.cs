using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Zones;
using AcmeKestrel.Lifecycle;
using AcmeKestrel.Lifecycle.OnDemand;
using AcmeKestrel.Tests.Lifecycle;

namespace AcmeKestrel.Tests.OnDemand;

/// <summary><c>Acme:Wildcards</c>: one name on demand is on record, and its wildcard serves all others of the domain, which nobody ever asks for.</summary>
public sealed class SharedWildcardTests : OnDemandEdge
{
    private const string First = "a.tenants.example.com";
    private const string Wildcard = "*.tenants.example.com";

    public SharedWildcardTests()
    {
        Settings.Dns = new DnsSettings { Default = "corp", Providers = new(new Dictionary<string, DnsProviderSetting> { ["corp"] = new("corp", null, new()) }) };
        (Settings.Challenges, Settings.Wildcards) = ([ChallengeTypes.Dns01], ["tenants.example.com"]);
    }

    /// <summary>A visitor of any tenant's is one of the wildcard's.</summary>
    [Fact]
    public async Task A_tenant_that_is_not_allowed_any_more_takes_the_wildcard_of_the_others_from_nobody()
    {
        await using var edge = await StartServedAsync(First);
        Permission = _ => false;
        Visits.Marked.Add(Wildcard);

        await KeepAsync(edge);

        Assert.Equal([First], Names);
        Assert.Equal((0, 2), (Asked.Count, Written));
        Assert.Equal(Time.GetUtcNow(), edge.Get<Labels>().WishOf(Wildcard)!.VisitedAt);
    }

    [Fact]
    public async Task It_goes_when_nobody_comes_for_any_of_them()
    {
        await using var edge = await StartServedAsync(First);
        await edge.PassTimeAsync(Time.GetUtcNow().AddDays(90));

        await KeepAsync(edge);
        await edge.PassTimeAsync(Time.GetUtcNow() + FadingNames.Span);
        await KeepAsync(edge);

        Assert.Empty(Names);
        Assert.Null(edge.Get<Labels>().WishOf(Wildcard));
    }

    /// <summary>The wildcard's certificate has the domain itself beside it where that is what is wished.</summary>
    [Fact]
    public async Task The_domain_itself_is_served_by_the_same_certificate()
    {
        await using var edge = await StartServedAsync("tenants.example.com");
        Assert.Equal(Wildcard, edge.Get<OnDemandRegister>().LabelOf("tenants.example.com"));

        await KeepAsync(edge);
        await edge.PassTimeAsync(Time.GetUtcNow() + FadingNames.Span);
        await KeepAsync(edge);

        Assert.Equal(["tenants.example.com"], Names);
    }

    /// <summary>Ten days old.</summary>
    private async Task<Edge> StartServedAsync(string name)
    {
        var edge = await StartAsync();
        Assert.Null(await edge.Get<OnDemandRegister>().WishAsync(name, Token));
        Assert.NotNull(edge.Get<Labels>().WishOf(Wildcard));
        edge.Entry(Wildcard).Certificate = new CertificateFacts(
            Wildcard, "20261123T120000Z-0", new SubjectNameSet([Wildcard, "tenants.example.com"]), AcmeKeyType.P256, KeyFamily.P256, Settings.Provider.Ca, null, Time.GetUtcNow(), Time.GetUtcNow().AddDays(90));
        await edge.PassTimeAsync(Time.GetUtcNow().AddDays(10));
        return edge;
    }
}
