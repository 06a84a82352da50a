using System.Text;
using System.Text.Json;
using AcmeKestrel.Challenges;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>The real SampleWeb proves its names by records in BIND, which Pebble asks.</summary>
public sealed class DnsEdgeTests : IAsyncLifetime
{
    private const string Permanent = "_validation-persist.edge.test";

    private readonly SampleEdge _edge = new();
    private BindServer _bind = null!;
    private PebbleServer _pebble = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // What is missing ends the test before anything runs that nobody would end.
        PebblePrograms.Find(PebbleVersion.Newest);
        _bind = await BindServer.StartResolvingAsync(Stop);
        _pebble = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Newest) { HttpPort = _edge.HttpPort, TlsPort = _edge.HttpsPort, Resolver = _bind.EndPoint }, Stop);
        _edge.ProvingBy(_bind);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        if (_pebble is not null) await _pebble.DisposeAsync();
        if (_bind is not null) await _bind.DisposeAsync();
    }

    [Fact]
    public async Task A_wildcard_with_its_parent_a_delegated_one_and_ten_names_of_the_zone_are_served_and_no_record_is_left()
    {
        var names = Enumerable.Range(0, 10).Select(i => $"n{i}.edge.test").ToList();
        _edge.Using(_pebble, ["edge.test *.deep.edge.test deep.edge.test", "*.moved.edge.test", .. names]).Start();

        foreach (var name in (string[])["edge.test", "deep.edge.test", "any.deep.edge.test", "any.moved.edge.test", .. names]) await _edge.ServedAsync(name, Stop);

        Assert.Equal(12, _pebble.Orders());
        await NothingIsLeftAsync("_acme-challenge.edge.test", "_acme-challenge.deep.edge.test", "moved.auth.test", "_acme-challenge.n0.edge.test", "_acme-challenge.n9.edge.test");
    }

    /// <summary><c>Acme:Wildcards</c>: who comes later is served without another order, too, and what is not directly below has its own.</summary>
    [Fact]
    public async Task Names_of_one_parent_are_served_by_one_wildcard()
    {
        string[] names = ["shop.edge.test", "api.edge.test", "edge.test", "www.edge.test"];
        _edge.Settings["Acme__Wildcards__0"] = "edge.test";
        _edge.Using(_pebble, names).Start();

        var served = new HashSet<string>();
        foreach (var name in names) served.Add((await _edge.ServedAsync(name, Stop)).Certificate.Thumbprint);
        Directory.CreateDirectory(_edge.InState("desired"));
        await File.WriteAllTextAsync(_edge.InState("desired", "late.edge.test"), "", Stop);
        await File.WriteAllTextAsync(_edge.InState("desired", "far.below.edge.test"), "", Stop);
        await _edge.ServedAsync("far.below.edge.test", Stop);

        served.Add((await _edge.ServedAsync("late.edge.test", Stop)).Certificate.Thumbprint);
        Assert.Single(served);
        Assert.Equal(2, _pebble.Orders());

        // What is served has its link a little later.
        await Patience.UntilAsync(_ => Task.FromResult(Links() == "_.edge.test far.below.edge.test" ? "" : null), Links, Stop);
        Assert.Contains("*.edge.test", await TellAsync("explain", "late.edge.test"), StringComparison.Ordinal);
        await NothingIsLeftAsync("_acme-challenge.edge.test", "_acme-challenge.far.below.edge.test");
    }

    /// <summary>With a record of the account's own (draft-ietf-acme-dns-account-label), as Pebble's newest wants it.</summary>
    [Fact]
    public async Task Names_are_proven_by_a_record_of_the_account()
    {
        await using var second = await BindServer.StartAsync(_bind, Stop);
        _edge.Settings["Acme__Dns__Resolvers__1"] = second.EndPoint.ToString();
        _edge.Settings["Acme__Challenges__0"] = "dns-account-01";
        _edge.Using(_pebble, "*.shop.test shop.test").Start();

        // It stands there, and waits for the secondary.
        var record = DnsAccountLabel.RecordName(await AccountAsync(), "shop.test");
        await Patience.UntilAsync(async token => (await TextsAsync(record, token)).Count == 2 ? "" : null, () => _edge.Process.Output, Stop);
        Assert.Empty(await TextsAsync("_acme-challenge.shop.test", Stop));
        await second.ForgetAsync(Stop);

        await _edge.ServedAsync("any.shop.test", Stop);
        await NothingIsLeftAsync(record);
    }

    /// <summary>With a record that an operator sets once (draft-ietf-acme-dns-persist), in the shape that Pebble's newest speaks. No DNS provider is configured.</summary>
    [Fact]
    public async Task Names_are_proven_by_a_record_that_an_operator_has_set_and_that_stays()
    {
        ProveByPermanentRecord("*.edge.test edge.test");
        await RunAsync("acme", "reconcile");
        var record = await ToldAsync();
        Assert.Equal(0, _pebble.Requests("/order-plz"));
        var others = "another.test; accounturi=https://another.test/" + new string('a', 300) + "z";
        await SetAsync(others);
        await SetAsync(record);

        _edge.Start();
        await _edge.ServedAsync("any.edge.test", Stop);

        Assert.Equal(1, _pebble.Orders());
        Assert.Equal(0, await ExitAsync("acme", "renew", "*.edge.test", "--force"));
        Assert.Equal(2, _pebble.Orders());
        Assert.Equal(new[] { others, record }.Order(StringComparer.Ordinal), (await TextsAsync(Permanent, Stop)).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFiles(_edge.InState("dns")));
        Assert.Contains($"has to stay in DNS: {Permanent}. IN TXT \"{record}\"", await RunAsync("acme", "explain", "*.edge.test"), StringComparison.Ordinal);
    }

    /// <summary>What is said of a record before an order is what Pebble says of it, where it is asked. One edge has them all: each look is a process.</summary>
    [Fact]
    public async Task A_record_that_is_wrong_costs_no_order_and_fails_at_the_ca()
    {
        (string Zone, string Right, string Wrong, string Told, string Said)[] records =
        [
            ("policy.edge.test", "; policy=wildcard", "", "does not say policy=wildcard", "policy mismatch"),
            ("until.edge.test", "; policy=wildcard", "; policy=wildcard; persistUntil=1767225600", "has ended (2026-01-01 00:00:00Z, persistUntil=1767225600)", "is after persistUntil"),
            ("account.edge.test", "/my-account/", "/my-account/x", "is for the account https://", "accounturi mismatch"),
            ("torn.edge.test", "; policy=wildcard", "; policy=wildcard;", "cannot be read: a parameter is empty", "empty parameter or trailing semicolon"),
        ];
        ProveByPermanentRecord([.. records.Select(record => $"*.{record.Zone}")]);
        await RunAsync("acme", "reconcile");
        var told = await ToldAsync(records[0].Zone);
        foreach (var record in records) await SetAsync(told.Replace(record.Right, record.Wrong, StringComparison.Ordinal), record.Zone);

        await RunAsync("acme", "reconcile");
        foreach (var record in records) Assert.Contains(record.Told, await RunAsync("acme", "explain", $"*.{record.Zone}"), StringComparison.Ordinal);
        Assert.Equal(0, _pebble.Requests("/order-plz"));

        _edge.Settings["Acme__Dns__Propagation__Check"] = "false";
        await RunAsync("acme", "reconcile");
        foreach (var record in records) Assert.Contains(record.Said, await RunAsync("acme", "explain", $"*.{record.Zone}"), StringComparison.Ordinal);
        Assert.Equal(records.Length, _pebble.Orders());
    }

    /// <summary>ns2.shop.test is on ::1, and nobody is there.</summary>
    [Fact]
    public async Task A_server_of_the_zone_that_is_gone_for_good_is_waited_for_and_then_passed_over()
    {
        _edge.Settings["Acme__Dns__Propagation__Timeout"] = "00:00:03";
        _edge.Using(_pebble, "*.shop.test").Start();

        await _edge.ServedAsync("any.shop.test", Stop);

        Assert.Equal(1, _pebble.Orders());
        await NothingIsLeftAsync("_acme-challenge.shop.test");
    }

    /// <summary>The same server, there again, with a zone of yesterday.</summary>
    [Fact]
    public async Task A_server_of_the_zone_that_does_not_show_the_record_is_named_and_the_ca_is_not_told()
    {
        await using var second = await BindServer.StartAsync(_bind, Stop);
        _edge.Settings["Acme__Dns__Resolvers__1"] = second.EndPoint.ToString();
        _edge.Settings["Acme__Dns__Propagation__Timeout"] = "00:00:03";
        _edge.Using(_pebble, "*.shop.test");

        await RunAsync("acme", "reconcile");
        var told = await RunAsync("acme", "explain", "*.shop.test");

        Assert.Contains("dns-01: not to be seen after 00:00:03: ns2.shop.test", told, StringComparison.Ordinal);
        Assert.Equal(0, _pebble.Requests("/chalZ"));
        await NothingIsLeftAsync("_acme-challenge.shop.test");
    }

    [Fact]
    public async Task A_secondary_that_lags_is_named_and_waited_for()
    {
        await using var second = await BindServer.StartAsync(_bind, Stop);
        _edge.Settings["Acme__Dns__Resolvers__1"] = second.EndPoint.ToString();
        _edge.Using(_pebble, "*.shop.test").Start();

        var reason = $"not to be seen everywhere yet: ns2.shop.test ({second.EndPoint}) has no such record";
        foreach (var verb in new[] { "explain", "status" }) await Patience.UntilAsync(async _ => (await TellAsync(verb, "*.shop.test")).Contains(reason, StringComparison.Ordinal) ? "" : null, () => _edge.Process.Output, Stop);
        Assert.Equal(0, _pebble.Requests("/chalZ"));
        await second.ForgetAsync(Stop);

        await _edge.ServedAsync("any.shop.test", Stop);
        Assert.Equal(1, _pebble.Orders());
        await NothingIsLeftAsync("_acme-challenge.shop.test");
    }

    /// <summary>One edge has them all, each with a provider of its own.</summary>
    [Fact]
    public async Task What_keeps_it_from_writing_is_told_and_costs_no_order()
    {
        const string Wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        (string Zone, string Provider, string Key, string Value, string Reason)[] obstacles =
        [
            ("secret.edge.test", "secret", "TsigSecret", Wrong, "the server has another secret for the key sha256.test (hmac-sha256) (BADSIG)"),
            ("name.edge.test", "name", "TsigName", "nobody.test", "the server does not know the key nobody.test (hmac-sha256) (BADKEY)"),
            ("server.edge.test", "server", "Server", "127.0.0.1:1", "The server 127.0.0.1:1 cannot be asked"),
            ("closed.test", "closed", "TsigName", "sha256.test", "refuses the update of the zone closed.test (REFUSED): the key sha256.test may not write there"),
        ];
        foreach (var (zone, provider, key, value, _) in obstacles)
        {
            foreach (var setting in (string[])["Type", "Server", "TsigName", "TsigSecret"]) _edge.Settings[$"Acme__Dns__Providers__{provider}__{setting}"] = _edge.Settings[$"Acme__Dns__Providers__bind__{setting}"];
            _edge.Settings[$"Acme__Dns__Providers__{provider}__{key}"] = value;
            _edge.Settings[$"Acme__Dns__Zones__{zone}"] = provider;
        }

        _edge.Settings["Logging__LogLevel__Default"] = "Trace";
        _edge.Using(_pebble, [.. obstacles.Select(obstacle => $"*.{obstacle.Zone}")]);

        var told = new List<string> { await RunAsync("acme", "reconcile"), await RunAsync("acme", "status") };
        foreach (var obstacle in obstacles)
        {
            Assert.Contains(obstacle.Reason, told[1], StringComparison.Ordinal);
            told.Add(await RunAsync("acme", "explain", $"*.{obstacle.Zone}"));
            Assert.Contains(obstacle.Reason, told[^1], StringComparison.Ordinal);
        }

        Assert.Equal(0, _pebble.Requests("/order-plz"));
        Assert.All(told, output => Assert.All((string[])[Wrong, BindServer.Secret], secret => TellsNoKey(output, secret)));
    }

    [Fact]
    public async Task The_key_of_the_zone_is_told_nowhere_however_much_is_logged()
    {
        _edge.Settings["Logging__LogLevel__Default"] = "Trace";
        _edge.Using(_pebble, "*.edge.test").Start();
        await _edge.ServedAsync("any.edge.test", Stop);
        await NothingIsLeftAsync("_acme-challenge.edge.test");

        Assert.Contains($"The state directory {_edge.StateDirectory} is open.", _edge.Process.Output, StringComparison.Ordinal);
        TellsNoKey(_edge.Process.Output, BindServer.Secret);
        foreach (var verb in new[] { "explain", "status" }) TellsNoKey(await TellAsync(verb, "*.edge.test"), BindServer.Secret);
    }

    /// <summary>While there is a record, or may be: at requests of a dns-01 order, held in front of the CA before or after it. <see cref="KilledAtARequestTests"/> has the others.</summary>
    [Theory]
    [InlineData("authZ", true)]
    [InlineData("chalZ", false)]
    [InlineData("chalZ", true)]
    [InlineData("finalize-order", false)]
    public async Task Killed_there_the_next_process_goes_on_and_leaves_no_record(string endpoint, bool afterTheCa)
    {
        await using var ca = await WatchedCa.StartAsync(_pebble, Stop);
        var held = ca.HoldAtAsync(endpoint, afterTheCa);
        _edge.Using(ca, "*.edge.test").Start();
        await held.WaitAsync(Stop);
        await _edge.Process.KillAsync(Stop);
        var others = DnsProviders.Create("rfc2136", new Dictionary<string, string?> { ["Server"] = _bind.EndPoint.ToString(), ["TsigName"] = "sha256.test", ["TsigSecret"] = BindServer.Secret });
        await others.AddAsync(new DnsChallengeRecord("_acme-challenge.edge.test", "of-another-order", "edge.test", "token", "token.thumbprint"), Stop);

        _edge.Start();
        await _edge.ServedAsync("any.edge.test", Stop);

        await Patience.UntilAsync(async token => Directory.GetFiles(_edge.InState("dns")).Length == 0 && await TextsAsync("_acme-challenge.edge.test", token) is ["of-another-order"] ? "" : null, () => _edge.Process.Output, Stop);
        Assert.Equal(1, ca.Count("finalize-order", 200));
    }

    [Fact]
    public async Task Killed_while_its_record_is_waited_for_the_next_process_goes_on_and_leaves_no_record()
    {
        _edge.Using(_pebble, "*.shop.test").Start();
        await Patience.UntilAsync(async token => (await TextsAsync("_acme-challenge.shop.test", token)).Count > 0 ? "" : null, () => _edge.Process.Output, Stop);
        await _edge.Process.KillAsync(Stop);
        Assert.Single(Directory.GetFiles(_edge.InState("dns")));
        _edge.Settings["Acme__Dns__Propagation__Check"] = "false";

        _edge.Start();
        await _edge.ServedAsync("any.shop.test", Stop);

        Assert.Equal(1, _pebble.Orders());
        await NothingIsLeftAsync("_acme-challenge.shop.test");
    }

    private void ProveByPermanentRecord(params string[] names)
    {
        _edge.Settings["Acme__Challenges__0"] = "dns-persist-01";
        _edge.Settings.Remove("Acme__Dns__Default");
        _edge.Using(_pebble, names);
    }

    /// <summary>Neither as it is written nor as what it stands for.</summary>
    private static void TellsNoKey(string told, string secret)
    {
        var key = Convert.FromBase64String(secret);
        foreach (var form in (string[])[secret, Convert.ToHexString(key), Encoding.ASCII.GetString(key)]) Assert.DoesNotContain(form, told, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The URL of the account, whose first order has come to its records.</summary>
    private async Task<string> AccountAsync()
    {
        var proofs = _edge.InState("dns");
        await Patience.UntilAsync(_ => Task.FromResult(Directory.Exists(proofs) && Directory.GetFiles(proofs).Length > 0 ? "" : null), () => _edge.Process.Output, Stop);
        var record = Directory.GetFiles(_edge.InState("accounts"), "account.json", SearchOption.AllDirectories)[0];
        using var facts = JsonDocument.Parse(await File.ReadAllBytesAsync(record, Stop));
        return facts.RootElement.GetProperty("url").GetString()!;
    }

    private string Links() => string.Join(' ', Directory.GetFileSystemEntries(_edge.InState("certs")).Select(entry => Path.GetFileName(entry)).Where(entry => !entry.Contains('@', StringComparison.Ordinal)).Order(StringComparer.Ordinal));

    /// <summary>The text of the permanent record, as <c>explain</c> says it.</summary>
    private async Task<string> ToldAsync(string zone = "edge.test")
    {
        var told = await RunAsync("acme", "explain", $"*.{zone}");
        var (begin, end) = ($"_validation-persist.{zone}. IN TXT \"", '"');
        Assert.Contains(begin, told, StringComparison.Ordinal);
        var text = told[(told.IndexOf(begin, StringComparison.Ordinal) + begin.Length)..];
        return text[..text.IndexOf(end, StringComparison.Ordinal)];
    }

    /// <summary>As an operator would.</summary>
    private Task SetAsync(string text, string zone = "edge.test") => DnsProviders.Create("rfc2136", new Dictionary<string, string?> { ["Server"] = _bind.EndPoint.ToString(), ["TsigName"] = "sha256.test", ["TsigSecret"] = BindServer.Secret })
        .AddAsync(new DnsChallengeRecord($"_validation-persist.{zone}", text, zone, "", ""), Stop);

    private async Task<int> ExitAsync(params string[] words)
    {
        var process = _edge.Start(words);
        return await process.ExitAsync(Stop);
    }

    private Task<string> NothingIsLeftAsync(params string[] records) => Patience.UntilAsync(
        async token =>
        {
            foreach (var record in records)
            {
                if ((await TextsAsync(record, token)).Count > 0) return null;
            }

            return Directory.GetFiles(_edge.InState("dns")).Length == 0 ? "" : null;
        },
        () => _edge.Process.Output,
        Stop);

    private Task<IReadOnlyList<string>> TextsAsync(string name, CancellationToken cancellationToken) => _bind.FindTextsAsync(name, cancellationToken);

    private async Task<string> RunAsync(params string[] words)
    {
        var process = _edge.Start(words);
        await process.ExitAsync(Stop);
        return process.Output;
    }

    /// <summary>Beside the one that runs.</summary>
    private async Task<string> TellAsync(params string[] words)
    {
        await using var process = ChildProcess.Start(SampleEdge.Program, ["acme", .. words], _edge.Settings, _edge.ContentRoot);
        await process.ExitAsync(Stop);
        return process.Output;
    }
}
