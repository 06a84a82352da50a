using System.Collections.Concurrent;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Names that are proven by a record that the operator sets once (draft-ietf-acme-dns-persist), through the whole worker and the embedded CA.</summary>
public sealed class PersistOrderTests : PersistScene
{
    [Fact]
    public async Task The_record_is_told_before_anything_is_ordered_and_is_good_for_all_renewals()
    {
        Settings["Acme:Domains:0"] = "shop.test *.shop.test";

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.DoesNotContain("new-order", Requests);
        var record = await ToldAsync();
        Assert.Equal(Place, record.Name);
        Assert.Matches("^ca\\.test; accounturi=https://ca\\.test/account/[A-Za-z0-9_-]+; policy=wildcard$", record.Value);
        Assert.Contains("there is no TXT record at _validation-persist.shop.test", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);

        Zone.Texts[Place] = ["v=spf1 -all", record.Value];
        var said = await AcmeAsync("reconcile");
        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(["shop.test", "shop.test"], Proven);
        var explained = (await AcmeAsync("explain", "shop.test")).Text;
        Assert.Contains("validated by dns-persist-01", explained, StringComparison.Ordinal);
        Assert.Contains($"Its names are proven by what has to stay in DNS: {Place}. IN TXT \"{record.Value}\"", explained, StringComparison.Ordinal);

        Assert.Equal(0, (await AcmeAsync("renew", "shop.test", "--force")).Exit);
        Assert.Equal((2, 4), (Orders, Proven.Count));
        Assert.Empty(Leftovers);
        Assert.DoesNotContain(Zone.Done, done => done.StartsWith("add", StringComparison.Ordinal) || done.StartsWith("remove", StringComparison.Ordinal));
    }

    public static TheoryData<string, string, string> WrongRecords => new()
    {
        { "shop.test", "other.test; accounturi=https://ca.test/account/x", "is for other.test, and this CA is ca.test" },
        { "shop.test", "ca.test; accounturi=https://ca.test/account/x", "is for the account https://ca.test/account/x, and this one is https://ca.test/account/" },
        { "shop.test", "OURS; persistUntil=1767225600", "has ended (2026-01-01 00:00:00Z, persistUntil=1767225600)" },
        { "*.shop.test", "OURS", "does not say policy=wildcard, which *.shop.test needs" },
        { "*.shop.test", "OURS; policy=all", "does not say policy=wildcard" },
        { "shop.test", "OURS;", "cannot be read: a parameter is empty, or a semicolon is its end" },
        { "shop.test", "OURS; policy=wildcard; Policy=wildcard", "cannot be read: Policy is there twice" },
        { "shop.test", "ca.test", "cannot be read: it has no accounturi" },
    };

    [Theory]
    [MemberData(nameof(WrongRecords))]
    public async Task A_wrong_record_costs_no_order_and_is_told(string name, string text, string reason)
    {
        Settings["Acme:Domains:0"] = name;
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var right = await ToldAsync(name);
        Zone.Texts[Place] = [text.Replace("OURS", right.Value.Split("; policy")[0], StringComparison.Ordinal)];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("new-order", Requests);
        Assert.Contains($"the TXT record at {Place} {reason}", (await AcmeAsync("explain", name)).Text, StringComparison.Ordinal);
        Assert.Equal(right, await ToldAsync(name));

        Zone.Texts[Place] = [.. Zone.Texts[Place], right.Value + "; persistUntil=32503680000"];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>The CA's own rule, where nothing was looked at from here.</summary>
    [Theory]
    [InlineData("shop.test", "ca.test; accounturi=https://ca.test/account/x", "it is for the account https://ca.test/account/x")]
    [InlineData("shop.test", "OURS; persistUntil=1767225600", "it ended with persistUntil=1767225600")]
    [InlineData("*.shop.test", "OURS", "policy=wildcard is missing")]
    public async Task Where_nobody_looks_the_ca_refuses_it(string name, string text, string reason)
    {
        Settings["Acme:Domains:0"] = name;
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Zone.Texts[Place] = [text.Replace("OURS", (await ToldAsync(name)).Value.Split("; policy")[0], StringComparison.Ordinal)];
        Settings["Acme:Dns:Propagation:Check"] = "false";

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Equal(1, Orders);
        var explained = (await AcmeAsync("explain", name)).Text;
        Assert.Contains(reason, explained, StringComparison.Ordinal);
        Assert.Contains($"has to stay in DNS: {Place}. IN TXT ", explained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_is_looked_for_where_it_leads_and_at_every_server()
    {
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var record = await ToldAsync();
        Zone.Targets[Place] = "shop.proofs.example.net";
        Zone.Texts["shop.proofs.example.net"] = [record.Value];
        Zone.Servers = name => [new DnsTexts("ns1", Zone.ValuesAt(name)), new DnsTexts("ns2", []), new DnsTexts("ns3", []) { Fault = "does not answer" }];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Contains($"shop.test: at ns2 there is no TXT record at {Place}", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);

        Zone.Servers = name => [new DnsTexts("ns3", []) { Fault = "does not answer" }];
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Contains("no server of the zone tells what is at shop.proofs.example.net: ns3 does not answer", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);

        Zone.Servers = name => [new DnsTexts("ns1", Zone.ValuesAt(name)), new DnsTexts("ns3", []) { Fault = "does not answer" }];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    [Fact]
    public async Task A_server_waits_says_for_what_and_goes_on_when_it_is_asked_to()
    {
        var server = await ServeAsync();
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status.State is AcmeCertificateState.Held && Told().IsMatch(status.Reason ?? "")));
        var held = Assert.Single(Certificates(server).List());
        Assert.Equal((0, null), (held.Failures, held.LastProblem));
        Assert.True(held.NextAttempt < DateTimeOffset.UtcNow.AddMinutes(2));
        Zone.Texts[Place] = [Told().Match(held.Reason!).Groups[2].Value];

        var said = await AcmeAsync("retry", "shop.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(AcmeCertificateState.Served, Assert.Single(Certificates(server).List()).State);
        Assert.Equal(1, Orders);
    }

    [Fact]
    public async Task What_is_waited_for_is_told_to_the_log_once_and_looked_for_less_and_less()
    {
        var log = new Lines();
        var also = Also;
        Also = services =>
        {
            also(services);
            services.AddLogging(logging => logging.AddProvider(log));
        };
        var server = await ServeAsync();
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status.State is AcmeCertificateState.Held && Told().IsMatch(status.Reason ?? "")));

        for (var looks = 0; looks < 3; looks++) Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Single(log.Told, line => Told().IsMatch(line));
        Assert.True(Assert.Single(Certificates(server).List()).NextAttempt > DateTimeOffset.UtcNow.AddMinutes(6));
        Zone.Texts[Place] = ["other.test"];
        await AcmeAsync("reconcile");
        Assert.Equal(2, log.Told.Count(line => Told().IsMatch(line)));
    }

    [Fact]
    public async Task A_dry_run_tells_the_record_too_and_ends()
    {
        StagingBehaviour.OfferDnsPersist01 = true;
        StagingBehaviour.CaaIdentities = ["staging.test"];
        Settings["Acme:Providers:test:Staging"] = "trial";
        Settings["Acme:Providers:trial:Directory"] = "https://staging.test/directory";

        var said = await AcmeAsync("renew", "shop.test", "--dry-run");

        Assert.NotEqual(0, said.Exit);
        Assert.Contains($"{Place}. IN TXT \"staging.test; accounturi=https://staging.test/account/", said.Text + said.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("new-order", StagingRequests);
    }

    /// <summary>What the application's log was told.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Told { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
