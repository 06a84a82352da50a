using System.Text.RegularExpressions;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Orders whose records an operator sets by hand, as the status and the verbs tell him to.</summary>
public sealed partial class ManualOrderTests : DnsScene
{
    private const string Place = "_acme-challenge.shop.test";

    public ManualOrderTests()
    {
        Also = services =>
        {
            services.AddAcme().AddDns();
            services.AddSingleton<IDnsLookup>(Zone);
        };
        Settings["Acme:Dns:Default"] = "hand";
        Settings["Acme:Dns:Providers:hand:Type"] = "manual";
        Settings["Acme:Domains:0"] = "*.shop.test";
        Zone.Looking = name => Zone.ValuesAt(name).Count > 0 ? [] : [new DnsAbsence("ns1.shop.test", "has no such record")];
    }

    [GeneratedRegex("(\\S+)\\. IN TXT \"([^\"]+)\"")]
    private static partial Regex Told();

    [Fact]
    public async Task The_operator_reads_the_record_sets_it_and_the_same_order_ends_well()
    {
        var server = await ServeAsync();
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status.Reason?.Contains("not to be seen everywhere yet", StringComparison.Ordinal) == true));
        var (explained, shown) = (await AcmeAsync("explain", "*.shop.test"), await AcmeAsync("status", "*.shop.test"));
        var record = Told().Match(explained.Text);
        Assert.Contains($"proving *.shop.test by dns-01 (to be set by hand, beside what is there: {record.Value}; not to be seen everywhere yet: ns1.shop.test has no such record (TXT {Place}))", explained.Text, StringComparison.Ordinal);
        Assert.Contains(record.Value, shown.Text, StringComparison.Ordinal);
        Assert.Equal(Place, record.Groups[1].Value);

        Zone.Texts[Place] = ["of somebody else", record.Groups[2].Value];

        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.shop.test", State: AcmeCertificateState.Served }));
        Assert.Equal((1, "shop.test"), (Orders, Assert.Single(Proven)));
        await Eventually.TrueAsync(() => !Leftovers.Any());
    }

    /// <summary>A command may be ended once it has told the record: the next one goes on with the same order, and the same value.</summary>
    [Fact]
    public async Task Another_process_waits_for_the_same_record()
    {
        Settings["Acme:Domains:0"] = "shop.test *.shop.test";
        Settings["Acme:Challenges:0"] = "dns-01";
        var before = await TellAsync();
        Assert.Equal(2, before.Count);

        Assert.Equal(before, await TellAsync());
        Zone.Texts[Place] = before;
        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(1, Orders);
    }

    /// <summary>The values that a server tells before it is stopped.</summary>
    private async Task<IReadOnlyList<string>> TellAsync()
    {
        var server = await ServeAsync();
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status.Reason?.Contains("not to be seen everywhere yet", StringComparison.Ordinal) == true));
        var told = Told().Matches(Assert.Single(Certificates(server).List()).Reason!).Select(record => record.Groups[2].Value).Order(StringComparer.Ordinal).ToList();
        await StopAsync(server);
        return told;
    }
}
