using AcmeKestrel.Tests.Dns;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.Zones;

/// <summary>Orders that are proven by records in DNS (RFC 8555 section 8.4).</summary>
public sealed class DnsOrderTests : DnsScene
{
    [Fact]
    public async Task A_name_and_its_wildcard_are_proven_by_two_values_side_by_side_and_nothing_is_left()
    {
        Settings["Acme:Domains:0"] = "shop.test *.shop.test";
        Zone.Adding = _ => Eventually.TrueAsync(() => Heard.Any(line => line.Contains("proving", StringComparison.Ordinal)));

        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("proving shop.test by dns-01, *.shop.test by dns-01 (its DNS records are being written)", said.Errors, StringComparison.Ordinal);
        Assert.Equal((1, 2), (Orders, Zone.Most));
        Assert.Equal(["shop.test", "shop.test"], Proven);
        Assert.Empty(Zone.Names);
        Assert.Empty(Leftovers);
        Assert.Equal(2, Zone.Done.Count(done => done == "remove _acme-challenge.shop.test"));
    }

    /// <summary>Where port 443 or 80 would do they are tried first, and DNS is what is left.</summary>
    [Fact]
    public async Task A_name_that_cannot_be_reached_is_proven_by_dns()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        Settings["Acme:Challenges:0"] = "dns-01";

        Assert.Equal(0, (await AcmeAsync("issue", "shop.test")).Exit);

        Assert.Equal(["shop.test"], Proven);
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task A_wildcard_without_a_provider_says_which_keys_name_one()
    {
        Settings.Remove("Acme:Dns:Default");
        Settings["Acme:Domains:0"] = "*.shop.test";

        var said = await AcmeAsync("reconcile");

        Assert.Contains("'*.shop.test' is a wildcard, which only a DNS record can prove, and has no DNS provider: set Acme:Dns:Default, or Acme:Dns:Zones:shop.test", said.Text + said.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_can_be_known_before_costs_no_order()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Zone.Checking = _ => throw new DnsProviderException("the key 'corp' is not known to the server (BADKEY)");

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("new-order", Requests);
        Assert.Empty(Zone.Done);
        Assert.Contains("dns-01: the key 'corp' is not known to the server (BADKEY)", (await AcmeAsync("explain", "*.shop.test")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_cannot_be_written_ends_the_order_with_its_reason_and_the_others_go()
    {
        Settings["Acme:Domains:0"] = "*.shop.test *.club.test";
        Zone.Adding = record => record.Domain == "club.test" ? throw new InvalidOperationException("out of luck") : Task.CompletedTask;

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.Equal(1, Orders);
        Assert.Empty(Proven);
        Assert.Contains("*.club.test: dns-01: InvalidOperationException: out of luck", (await AcmeAsync("status", "_.shop.test")).Text + (await AcmeAsync("status", "*.shop.test")).Text, StringComparison.Ordinal);
        Assert.Empty(Zone.Names);
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task The_ca_is_told_when_all_servers_show_the_record()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        var looks = 0;
        Zone.Looking = _ =>
        {
            Assert.DoesNotContain("challenge", Requests);
            return ++looks < 3 ? [new DnsAbsence("ns2.shop.test", "has no such record")] : [];
        };

        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Equal(3, looks);
    }

    [Fact]
    public async Task A_record_that_is_never_seen_ends_the_order_and_names_the_server()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Propagation:Timeout"] = "00:00:01";
        Zone.Looking = _ => [new DnsAbsence("ns2.shop.test", "has no such record")];

        Assert.Equal(3, (await AcmeAsync("reconcile")).Exit);

        Assert.DoesNotContain("challenge", Requests);
        Assert.Contains("dns-01: not to be seen after 00:00:01: ns2.shop.test has no such record (TXT _acme-challenge.shop.test)", (await AcmeAsync("explain", "*.shop.test")).Text, StringComparison.Ordinal);
        Assert.Empty(Zone.Names);
    }

    [Fact]
    public async Task A_server_that_tells_nothing_to_the_end_is_passed_over_where_another_one_shows_the_record()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Propagation:Timeout"] = "00:00:01";
        Zone.Looking = _ =>
        {
            Assert.DoesNotContain("challenge", Requests);
            return [new DnsAbsence("ns2.shop.test", "does not answer") { MayBePassedOver = true }];
        };

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    [Fact]
    public async Task Where_it_is_not_to_be_looked_the_ca_is_told_at_once()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Propagation:Check"] = "false";
        Zone.Looking = _ => throw new InvalidOperationException("Nobody looks.");

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
    }

    /// <summary>Where the zone has other servers inside than outside, a look from here may well fail, and what it would find counts for nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_it_cannot_be_found_out_whether_a_name_leads_elsewhere_its_own_is_taken_if_looks_do_not_count(bool looksCount)
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Dns:Propagation:Check"] = looksCount ? "true" : "false";
        Zone.FindingTarget = name => new DnsProviderException($"nobody answers for {name}");

        var said = await AcmeAsync("reconcile");

        Assert.True(said.Exit == (looksCount ? 3 : 0), said.Text + said.Errors);
        Assert.Equal(looksCount ? "" : "add _acme-challenge.shop.test remove _acme-challenge.shop.test", string.Join(' ', Zone.Done));
        Assert.Equal(looksCount, (await AcmeAsync("explain", "*.shop.test")).Text.Contains("dns-01: nobody answers for _acme-challenge.shop.test", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_record_of_a_delegated_name_is_written_where_it_leads(bool byRecord)
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        if (!byRecord) Settings["Acme:Dns:Aliases:shop.test"] = "shop.proofs.example.net";
        Zone.Targets["_acme-challenge.shop.test"] = "shop.proofs.example.net";

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);

        Assert.Contains("add shop.proofs.example.net", Zone.Done);
        Assert.DoesNotContain("add _acme-challenge.shop.test", Zone.Done);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_never_returns_holds_up_its_own_certificate_only(bool keepsItsThread)
    {
        Settings["Acme:Domains:0"] = "*.stuck.test";
        Settings["Acme:Domains:1"] = "*.shop.test";
        var end = new TaskCompletionSource();
        Zone.Adding = record =>
        {
            if (record.Domain != "stuck.test") return Task.CompletedTask;
            if (keepsItsThread) end.Task.Wait(Token);
            return end.Task;
        };
        var server = await ServeAsync();

        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.shop.test", State: AcmeCertificateState.Served }));

        const string Reason = "proving *.stuck.test by dns-01 (its DNS records are being written)";
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.stuck.test", Reason: Reason }));
        Assert.Contains(Reason, (await AcmeAsync("explain", "*.stuck.test")).Text, StringComparison.Ordinal);
        end.SetResult();
    }

    /// <summary>Its records stay, and are in nobody's way: not even in that of the next order for the same name.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_provider_that_never_returns_from_removing_holds_up_no_certificate(bool keepsItsThread)
    {
        Settings["Acme:Domains:0"] = "*.stuck.test";
        var end = new TaskCompletionSource();
        Zone.Removing = record =>
        {
            if (record.Domain != "stuck.test") return Task.CompletedTask;
            if (keepsItsThread) end.Task.Wait(Token);
            return end.Task;
        };
        var server = await ServeAsync();
        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.stuck.test", State: AcmeCertificateState.Served }));

        Assert.Equal(AcmeCertificateState.Served, (await Certificates(server).EnsureAsync(new AcmeCertificateRequest("*.shop.test"), Token).WaitAsync(Deadline, Token)).State);
        Assert.Equal(0, (await AcmeAsync("renew", "*.stuck.test", "--force")).Exit);

        Assert.Equal(3, Orders);
        Assert.Equal(2, Zone.Names.Count(name => name == "_acme-challenge.stuck.test"));
        end.SetResult();
    }

    /// <summary>A cloud's API, asked as everywhere by way of the vendor's library, which nobody answers either.</summary>
    [Fact]
    public async Task A_cloud_that_never_answers_holds_up_its_own_certificate_only()
    {
        using var silence = new Silence();
        await using var cloud = await LoopbackServer.StartAsync(silence);
        var identity = Path.Combine(Path.GetDirectoryName(State)!, "google.json");
        await Identities.WriteGoogleFileAsync(identity, cloud.Url);
        var others = Also;
        Also = services =>
        {
            services.AddAcme().AddGoogleDns();
            others(services);
        };
        Settings["Acme:Dns:Providers:cloud:Type"] = "google";
        Settings["Acme:Dns:Providers:cloud:Project"] = "p1";
        Settings["Acme:Dns:Providers:cloud:Endpoint"] = $"{cloud.Url}/dns/v1";
        Settings["Acme:Dns:Providers:cloud:CredentialsFile"] = identity;
        Settings["Acme:Dns:Zones:stuck.test"] = "cloud";
        Settings["Acme:Domains:0"] = "*.stuck.test";
        Settings["Acme:Domains:1"] = "*.shop.test";
        var server = await ServeAsync();
        await silence.Asked.WaitAsync(Deadline, Token);

        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.shop.test", State: AcmeCertificateState.Served }));

        await Eventually.TrueAsync(() => Certificates(server).List().Any(status => status is { Label: "*.stuck.test", Reason: "asking for an order (DNS is asked whether it can be proven)" }));
    }

    [Fact]
    public async Task What_could_not_be_removed_is_removed_by_the_next_process_and_nothing_else()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Zone.Removing = _ => throw new DnsProviderException("not now");
        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);
        Assert.Single(Leftovers);
        var others = new DnsChallengeRecord("_acme-challenge.shop.test", "of another client", "shop.test", "other", "other");
        await Zone.AddAsync(others, Token);

        Zone.Removing = _ => Task.CompletedTask;
        await ServeAsync();

        await Eventually.TrueAsync(() => !Leftovers.Any());
        Assert.True(Zone.Has(others.Name, others.Value));
        Assert.Single(Zone.Names);
    }

    [Fact]
    public async Task A_record_that_is_written_while_its_order_is_given_up_is_removed_all_the_same()
    {
        var (begun, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        Zone.Adding = _ =>
        {
            begun.TrySetResult();
            return go.Task;
        };
        var server = await ServeAsync();
        var ensuring = Certificates(server).EnsureAsync(new AcmeCertificateRequest("*.shop.test"), Token);
        await begun.Task.WaitAsync(Deadline, Token);

        Assert.True(await Certificates(server).ForgetAsync("*.shop.test", Token).WaitAsync(Deadline, Token));
        await Eventually.TrueAsync(() => Directory.GetFiles(Path.Combine(State, "orders")).Length == 0);
        go.SetResult();

        await Eventually.TrueAsync(() => Zone.Done.Contains("remove _acme-challenge.shop.test") && !Leftovers.Any());
        Assert.Empty(Zone.Names);
        await ensuring.WaitAsync(Deadline, Token);
    }

    /// <summary>A process that ends while its record is being written: the next one writes it once more, proves the name by the same order, and leaves nothing.</summary>
    [Fact]
    public async Task An_order_whose_records_were_being_written_is_gone_on_with()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        var written = new TaskCompletionSource();
        Zone.Looking = _ =>
        {
            written.TrySetResult();
            return [new DnsAbsence("ns2.shop.test", "has no such record")];
        };
        var server = await ServeAsync();
        await written.Task.WaitAsync(Deadline, Token);
        await StopAsync(server);
        Assert.Single(Leftovers);
        Zone.Looking = _ => [];

        Assert.Equal(0, (await AcmeAsync("reconcile")).Exit);

        Assert.Equal(1, Orders);
        Assert.Empty(Zone.Names);
        Assert.Empty(Leftovers);
    }

    [Fact]
    public async Task A_dry_run_is_proven_by_dns_too()
    {
        Settings["Acme:Domains:0"] = "*.shop.test";
        Settings["Acme:Providers:test:Staging"] = "trial";
        Settings["Acme:Providers:trial:Directory"] = "https://staging.test/directory";

        var said = await AcmeAsync("renew", "*.shop.test", "--dry-run");

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("validated by dns-01", said.Text, StringComparison.Ordinal);
        Assert.Empty(Zone.Names);
    }
}
