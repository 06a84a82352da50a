using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Which of two DNS providers writes a record, and removes it.</summary>
public sealed class DnsProviderChoiceTests : DnsScene
{
    private readonly FakeZone _other = new();

    public DnsProviderChoiceTests()
    {
        var others = Also;
        Also = services =>
        {
            others(services);
            services.AddAcme().AddDnsProvider("other", _ => _other);
        };

        // The CA sees both.
        Behaviour.Validator = (probe, _) => ValueTask.FromResult(probe.JudgeRecords([.. Zone.ValuesAt(probe.RecordName!), .. _other.ValuesAt(Zone.Targets.GetValueOrDefault(probe.RecordName!, probe.RecordName!))], DateTimeOffset.UtcNow));
    }

    [Fact]
    public async Task A_certificate_names_its_own()
    {
        Settings["Acme:Certificates:x:Names:0"] = "*.shop.test";
        Settings["Acme:Certificates:x:Dns"] = "other";
        Settings["Acme:Domains:0"] = "*.club.test";

        await ReconcileAsync();

        Assert.Equal(["add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], _other.Done);
        Assert.Equal(["add _acme-challenge.club.test", "remove _acme-challenge.club.test"], Written(Zone));
    }

    /// <summary>One order, two providers: by where the record of each name stands, not by the name.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_zone_that_a_name_leads_to_has_its_own(bool byRecord)
    {
        Settings["Acme:Domains:0"] = "*.shop.test *.club.test";
        Settings["Acme:Dns:Zones:proofs.example.net"] = "other";
        Settings["Acme:Dns:Zones:shop.test"] = "corp";
        if (!byRecord) Settings["Acme:Dns:Aliases:shop.test"] = "shop.proofs.example.net";
        Zone.Targets["_acme-challenge.shop.test"] = "shop.proofs.example.net";

        await ReconcileAsync();

        Assert.Equal(1, Orders);
        Assert.Equal(["add shop.proofs.example.net", "remove shop.proofs.example.net"], _other.Done);
        Assert.Equal(["add _acme-challenge.club.test", "remove _acme-challenge.club.test"], Written(Zone));
    }

    [Fact]
    public async Task The_certificates_own_is_taken_wherever_its_name_leads()
    {
        Settings["Acme:Certificates:x:Names:0"] = "*.shop.test";
        Settings["Acme:Certificates:x:Dns"] = "other";
        Settings["Acme:Dns:Zones:proofs.example.net"] = "corp";
        Settings["Acme:Dns:Aliases:shop.test"] = "shop.proofs.example.net";
        Zone.Targets["_acme-challenge.shop.test"] = "shop.proofs.example.net";

        await ReconcileAsync();

        Assert.Equal(["add shop.proofs.example.net", "remove shop.proofs.example.net"], _other.Done);
        Assert.Empty(Written(Zone));
    }

    /// <summary>Whoever wrote it, whatever is configured by then.</summary>
    [Fact]
    public async Task What_is_left_is_removed_by_whoever_wrote_it()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Zones:shop.test"] = "other";
        _other.Removing = _ => throw new DnsProviderException("not now");
        await ReconcileAsync();
        Assert.Single(Leftovers);

        Settings.Remove("Acme:Dns:Zones:shop.test");
        _other.Removing = _ => Task.CompletedTask;
        await ServeAsync();

        await Serving.Eventually.TrueAsync(() => !Leftovers.Any());
        Assert.Equal(["add _acme-challenge.shop.test", "remove _acme-challenge.shop.test"], _other.Done);
        Assert.Empty(Written(Zone));
    }

    private async Task ReconcileAsync()
    {
        var said = await AcmeAsync("reconcile");
        Assert.True(said.Exit == 0, said.Text + said.Errors);
    }

    private static IEnumerable<string> Written(FakeZone zone) => zone.Done.Where(done => !done.StartsWith("look", StringComparison.Ordinal));
}
