using System.Text.RegularExpressions;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>The real SampleWeb goes by CAA records in BIND before it orders (RFC 8659, RFC 8657); Pebble says who it is, and looks at none.</summary>
public sealed partial class CaaEdgeTests : IAsyncLifetime
{
    private static readonly string[] Allowed = ["climbs.up.rules.test", "*.wild.rules.test", "x.allowed.forbidden.rules.test", "into.rules.test", "records.rules.test"];

    private static readonly (string Name, string Reason)[] Forbidden =
    [
        ("a.b.forbidden.rules.test", "the CAA records of forbidden.rules.test allow other.test to issue (issue), and this CA is ca.test"),
        ("alias.rules.test", "the CAA records of forbidden.rules.test allow other.test to issue (issue), and this CA is ca.test"),
        ("wild.rules.test", "the CAA records of wild.rules.test allow other.test to issue (issue), and this CA is ca.test"),
        ("*.tame.rules.test", "the CAA records of tame.rules.test allow nobody to issue (issuewild), and this CA is ca.test"),
        ("account.rules.test", "the CAA records of account.rules.test allow ca.test for the account https://ca.test/account/1 alone (accounturi), and this one is https://"),
        ("web.rules.test", "the CAA records of web.rules.test allow ca.test by http-01 alone (validationmethods), and it would be by dns-01"),
        ("critical.rules.test", "the CAA records of critical.rules.test have the critical tag 'future', which forbids issuing to every CA that does not know it"),
    ];

    private readonly SampleEdge _edge = new();
    private BindServer _bind = null!;
    private PebbleServer _pebble = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        PebblePrograms.Find(PebbleVersion.Newest);
        RealThing.Require("nsupdate", "bind9-dnsutils");
        _bind = await BindServer.StartResolvingAsync(Stop);
        _pebble = await PebbleServer.StartAsync(new PebbleSettings(PebbleVersion.Newest) { HttpPort = _edge.HttpPort, TlsPort = _edge.HttpsPort, Resolver = _bind.EndPoint, CaaIdentities = ["ca.test"] }, Stop);
        _edge.ProvingBy(_bind);
    }

    public async ValueTask DisposeAsync()
    {
        await _edge.DisposeAsync();
        if (_pebble is not null) await _pebble.DisposeAsync();
        if (_bind is not null) await _bind.DisposeAsync();
    }

    [Fact]
    public async Task What_they_allow_is_served_and_what_they_forbid_costs_no_order_and_is_explained()
    {
        _edge.Using(_pebble, [.. Allowed, .. Forbidden.Select(forbidden => forbidden.Name)]).Start();

        foreach (var name in Allowed) await _edge.ServedAsync(name.Replace("*", "any", StringComparison.Ordinal), Stop);
        foreach (var (name, reason) in Forbidden)
        {
            var explained = await Patience.UntilAsync(async _ => await RunAsync("acme", "explain", name) is var said && said.Contains("CAA", StringComparison.Ordinal) ? said : null, () => _edge.Process.Output, Stop);
            Assert.Contains($"{name}: {reason}", explained, StringComparison.Ordinal);
        }

        var status = await RunAsync("acme", "status");
        Assert.All(Forbidden, forbidden => Assert.Contains(forbidden.Reason, status, StringComparison.Ordinal));
        Assert.Equal(Allowed.Length, _pebble.Orders());
    }

    /// <summary>The line that <c>account show</c> prints, put into the zone.</summary>
    [Fact]
    public async Task The_line_that_is_printed_for_the_zone_lets_this_account_issue()
    {
        _edge.Using(_pebble, "account.rules.test");
        Assert.Contains("(accounturi)", await RunAsync("acme", "reconcile"), StringComparison.Ordinal);
        var line = PrintedLine().Match(await RunAsync("acme", "account", "show"));
        Assert.True(line.Success, "No CAA line is printed.");

        await UpdateAsync("update delete account.rules.test CAA", $"update add account.rules.test 60 {line.Value}");
        await RunAsync("acme", "reconcile");

        Assert.Equal(1, _pebble.Orders());
        Assert.Contains("served", await RunAsync("acme", "status", "account.rules.test"), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>A CA that cannot look them up, either, refuses; this machine need not see what it sees.</summary>
    [Fact]
    public async Task Records_that_cannot_be_looked_up_are_told_and_the_order_is_made()
    {
        _edge.Settings["Acme__Challenges__0"] = "http-01";
        _edge.Using(_pebble, "x.broken.test").Start();

        await _edge.Process.LineAsync(line => line.Contains($"x.broken.test: the CAA records of x.broken.test could not be looked up from here, and the order is made all the same: No resolver tells the CAA records of x.broken.test: {_bind.EndPoint} says SERVFAIL", StringComparison.Ordinal), Stop);
        await Patience.UntilAsync(_ => Task.FromResult(_pebble.Orders() > 0 ? "" : null), () => _edge.Process.Output, Stop);
    }

    private async Task UpdateAsync(params string[] lines)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.In("update"), string.Join('\n', [$"server {_bind.EndPoint.Address} {_bind.EndPoint.Port}", .. lines, "send", ""]), Stop);
        await using var nsupdate = ChildProcess.Start(RealThing.Require("nsupdate", "bind9-dnsutils"), ["-y", $"hmac-sha256:sha256.test:{BindServer.Secret}", folder.In("update")], [], folder.Path);
        Assert.True(await nsupdate.ExitAsync(Stop) == 0, nsupdate.Output);
    }

    private async Task<string> RunAsync(params string[] words)
    {
        await using var process = ChildProcess.Start(SampleEdge.Program, words, _edge.Settings, _edge.ContentRoot);
        await process.ExitAsync(Stop);
        return process.Output;
    }

    [GeneratedRegex("CAA 0 issue \"ca\\.test; accounturi=[^\"]+\"")]
    private static partial Regex PrintedLine();
}
