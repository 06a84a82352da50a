using AcmeKestrel.LocalCa;
using AcmeKestrel.Tests.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Zones;

/// <summary>A CA that asks the server that was passed over finds no record: whoever reads why it refuses, or why a renewal takes so long, has to know.</summary>
public sealed class PassedOverTests : DnsScene
{
    private const string PassedOver = "not all servers of its zone told its DNS records: ns2.shop.test does not answer (TXT _acme-challenge.shop.test)";

    public PassedOverTests()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Propagation:Timeout"] = "00:00:01";
        Zone.Looking = name => name == "_acme-challenge.shop.test" ? [new DnsAbsence("ns2.shop.test", "does not answer") { MayBePassedOver = true }] : [];
    }

    [Theory]
    [InlineData("unauthorized", "No TXT record found at _acme-challenge.shop.test")]
    [InlineData("dns", "SERVFAIL looking up TXT for _acme-challenge.shop.test")]
    public async Task It_stands_beside_the_refusal_of_a_ca_that_does_not_find_the_record(string type, string detail)
    {
        Behaviour.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem(type, detail));

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Contains($"{detail} ({type}) (beforehand {PassedOver})", (await AcmeAsync("explain", "*.shop.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_stands_beside_what_else_was_met_beforehand()
    {
        Settings["Acme:Preflight"] = "true";
        Behaviour.CaaIdentities = ["ca.test"];
        Zone.AskingCaa = _ => new DnsProviderException("nobody answers");
        Behaviour.Validator = (_, _) => ValueTask.FromResult<ChallengeProblem?>(new ChallengeProblem("caa", "SERVFAIL looking up CAA for shop.test"));

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Contains($"(beforehand its CAA records could not be looked up from here: nobody answers; {PassedOver})", (await AcmeAsync("explain", "*.shop.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_not_why_another_name_of_the_order_was_refused()
    {
        Settings["Acme:Domains:0"] = "*.shop.test *.club.test";
        Behaviour.Validator = (probe, _) => ValueTask.FromResult(probe.Identifier == "club.test" ? new ChallengeProblem("unauthorized", "Incorrect TXT record found") : null);

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        var told = (await AcmeAsync("explain", "*.shop.test")).Text;
        Assert.Contains("*.club.test: dns-01: Incorrect TXT record found (unauthorized)", told, StringComparison.Ordinal);
        Assert.DoesNotContain("beforehand", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_says_it_once_in_the_log()
    {
        Settings["Acme:Domains:0"] = "*.shop.test shop.test";
        Settings["Acme:Challenges:0"] = "dns-01";
        var (log, others) = (new RecordedLog(), Also);
        Also = services =>
        {
            others(services);
            services.AddSingleton<ILoggerProvider>(log);
        };

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);

        Assert.Single(log.Lines, line => line.StartsWith($"723 *.shop.test: the CA is asked although {PassedOver} ", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.StartsWith("723 ", StringComparison.Ordinal));
    }
}
