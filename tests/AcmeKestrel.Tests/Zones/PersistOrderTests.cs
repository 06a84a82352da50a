using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Names that are proven by a record that the operator sets once (draft-ietf-acme-dns-persist), through the whole worker and the embedded CA.</summary>
public sealed partial class PersistOrderTests : DnsScene
{
    private const string Place = "_validation-persist.shop.test";

    public PersistOrderTests()
    {
        Settings.Remove("Acme:Dns:Default");
        Settings["Acme:Domains:0"] = "shop.test";
        Settings["Acme:Challenges:0"] = "dns-persist-01";
        Behaviour.OfferDnsPersist01 = true;
        Behaviour.CaaIdentities = ["ca.test"];
    }

    [GeneratedRegex("; set it once, and let it stay: (\\S+)\\. IN TXT \"([^\"]+)\"")]
    private static partial Regex Told();

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

    /// <summary>Then there must be an order before anybody knows the record; it waits, and goes on.</summary>
    [Fact]
    public async Task Where_only_the_challenge_tells_the_record_the_order_waits_for_it_and_fails_nothing()
    {
        Behaviour.CaaIdentities = null;

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
        Assert.DoesNotContain("challenge", Requests);
        var record = await ToldAsync();
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Zone.Texts[Place] = [record.Value];
        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(1, Orders);
    }

    /// <summary>Version 02 of the draft: an account is named by a hash of its own for each domain, or by one for all.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_ca_that_wants_accounts_hashed_gets_them_so(bool isWithoutCaa)
    {
        Behaviour.AccountHashPrefix = "https://ca.test/account-hash/";
        if (isWithoutCaa) Behaviour.CaaIdentities = null;

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var record = await ToldAsync();
        Assert.Matches("^ca\\.test; accounturi=https://ca\\.test/account-hash/sha-256/[A-Za-z0-9_-]{43}$", record.Value);
        Zone.Texts[Place] = [record.Value];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>By <c>caaIdentities</c> it could not be known that it counts: the order that was made waits for one that does.</summary>
    [Fact]
    public async Task A_record_for_this_account_by_another_name_of_the_ca_is_left_to_the_challenge()
    {
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var record = await ToldAsync();
        Zone.Texts[Place] = [record.Value.Replace("ca.test;", "alias.test;", StringComparison.Ordinal)];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Equal(1, Orders);
        Assert.DoesNotContain("challenge", Requests);
        Assert.Contains("is for alias.test, and this CA is ca.test", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
        Zone.Texts[Place] = [record.Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
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
    public async Task Where_another_type_would_do_it_is_that_ones_turn()
    {
        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Challenges:1"] = "dns-01";

        await AcmeAsync("reconcile");
        var said = await AcmeAsync("retry", "shop.test");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(1, Orders);
        Assert.Contains("validated by dns-01", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
    }

    /// <summary>Where it is known only after the order was made, too: that the CA calls itself so in its challenge alone, or that the record is for this account by another of its names.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_another_type_would_do_it_is_that_ones_turn_after_the_order_too(bool onlyTheChallengeTells)
    {
        if (onlyTheChallengeTells) Behaviour.CaaIdentities = null;
        else
        {
            await AcmeAsync("reconcile");
            Zone.Texts[Place] = [(await ToldAsync()).Value.Replace("ca.test;", "alias.test;", StringComparison.Ordinal)];
        }

        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Challenges:1"] = "dns-01";

        var said = await AcmeAsync("reconcile");

        // The order that was made to know the record was given up; nothing of it was validated.
        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal((2, 1), (Orders, Requests.Count(request => request == "challenge")));
        Assert.Contains("validated by dns-01", (await AcmeAsync("explain", "shop.test")).Text, StringComparison.Ordinal);
    }

    /// <summary>A wildcard is proven by DNS alone.</summary>
    [Fact]
    public async Task Where_no_other_type_would_do_the_order_waits_for_the_record()
    {
        Behaviour.CaaIdentities = null;
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Challenges:1"] = "http-01";

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Zone.Texts[Place] = [(await ToldAsync("*.shop.test")).Value];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
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

    /// <summary>The CA was told of nothing that is made with the key.</summary>
    [Fact]
    public async Task An_order_that_waits_for_a_record_keeps_nobody_from_changing_the_key()
    {
        Behaviour.CaaIdentities = null;
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);

        var changed = await AcmeAsync("account", "rollover", "--yes");

        Assert.True(changed.Exit == 0, changed.Text + changed.Errors);
        Zone.Texts[Place] = [(await ToldAsync()).Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Equal(1, Orders);
    }

    /// <summary>Where records name accounts by a hash, it is of the key, too.</summary>
    [Fact]
    public async Task Another_key_is_another_record_where_accounts_are_hashed()
    {
        Behaviour.AccountHashPrefix = "https://ca.test/account-hash/";
        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);
        var former = await ToldAsync();
        Assert.Equal(0, (await AcmeAsync("account", "rollover", "--yes")).Exit);

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.NotEqual(former, await ToldAsync());
        Zone.Texts[Place] = [(await ToldAsync()).Value];
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
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

    /// <summary>draft-ietf-acme-dns-account-label: with a record of the account's own.</summary>
    [Fact]
    public async Task Names_are_proven_by_a_record_of_the_account()
    {
        Settings["Acme:Dns:Default"] = "corp";
        Settings["Acme:Domains:0"] = "shop.test *.shop.test";
        Settings["Acme:Challenges:0"] = "dns-account-01";
        Behaviour.OfferDnsAccount01 = true;

        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(2, Zone.Done.Count(done => OfAccount().IsMatch(done)));
        Assert.Equal(["shop.test", "shop.test"], Proven);
        Assert.Empty(Zone.Names);
        Assert.Empty(Leftovers);
    }

    [GeneratedRegex("^add _[a-z2-7]{16}\\._acme-challenge\\.shop\\.test$")]
    private static partial Regex OfAccount();

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

    /// <summary>As <c>explain</c> says it.</summary>
    private async Task<(string Name, string Value)> ToldAsync(string label = "shop.test")
    {
        var said = await AcmeAsync("explain", label);
        var told = Told().Match(said.Text);
        Assert.True(told.Success, said.Text);
        return (told.Groups[1].Value, told.Groups[2].Value);
    }
}
