using System.Net;
using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.Dns.Wire;
using AcmeKestrel.InteropTests.Edge;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>
/// A DNS server that nobody here wrote: BIND, on a free port of 127.0.0.1, authoritative for <c>shop.test</c> (keys for all of it, in three algorithms), <c>auth.test</c> (a key for one name, by a policy) and <c>closed.test</c> (nobody may change it), and, with itself as the only server, <c>edge.test</c>, whose names are here, <c>rules.test</c>, whose names have CAA records of all kinds, and <c>broken.test</c>, of which it can tell nothing (SERVFAIL);
/// or, as a secondary on ::1, for what another one has of <c>shop.test</c>.
/// </summary>
internal sealed class BindServer : IAsyncDisposable
{
    public const string Secret = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    /// <summary>The CA that they let issue is ca.test; the first ones on the way up count, and an alias leads to others' for its own name alone (RFC 8659 section 3).</summary>
    private const string Rules =
        """
        @ IN CAA 0 issue "ca.test"
        forbidden IN CAA 0 issue "other.test"
        allowed.forbidden IN CAA 0 issue "ca.test"
        alias IN CNAME forbidden
        into IN CNAME target.forbidden
        wild IN CAA 0 issue "other.test"
        wild IN CAA 0 issuewild "ca.test"
        tame IN CAA 0 issuewild ";"
        account IN CAA 0 issue "ca.test; accounturi=https://ca.test/account/1"
        records IN CAA 0 issue "ca.test; validationmethods=dns-01"
        web IN CAA 0 issue "ca.test; validationmethods=http-01"
        critical IN CAA 128 future "x"

        """;

    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Next();
    private readonly IPAddress _address;
    private readonly bool _follows;
    private ChildProcess _named;

    private BindServer(IPAddress address, BindServer? primary, string also, bool follows)
    {
        (_address, _follows) = (address, follows);
        File.WriteAllText(_folder.In("named.conf"), Options() + (primary is null ? Zones() : Secondary(primary)) + also);
        if (primary is null)
        {
            File.WriteAllText(_folder.In("shop.test.db"), Zone("shop.test", "ns2 IN AAAA ::1\n_acme-challenge.moved IN CNAME moved.auth.test.\n", "ns1", "ns2"));
            File.WriteAllText(_folder.In("auth.test.db"), Zone("auth.test", "", "ns1"));
            File.WriteAllText(_folder.In("edge.test.db"), Zone("edge.test", "* IN A 127.0.0.1\n_acme-challenge.moved IN CNAME moved.auth.test.\n", "ns1"));
            File.WriteAllText(_folder.In("rules.test.db"), Zone("rules.test", Rules, "ns1"));
            File.WriteAllText(_folder.In("closed.test.db"), Zone("closed.test", "", "ns1"));
            File.WriteAllText(_folder.In("example.com.db"), Zone("example.com", "", "ns1"));
        }

        _named = Start();
    }

    public IPEndPoint EndPoint => new(_address, _port);

    public string Log => _named.Output;

    /// <summary>The TXT values that it has at the name.</summary>
    public async Task<IReadOnlyList<string>> FindTextsAsync(string name, CancellationToken cancellationToken)
    {
        using var asking = new DnsAsking(TimeProvider.System);
        var saying = await asking.AskResolverAsync(EndPoint, name, DnsType.TXT, cancellationToken);
        return saying.Fault is { } fault ? throw new DnsProviderException(fault) : [.. saying.At<DnsData.Text>(name).Select(record => record.Value)];
    }

    public static Task<BindServer> StartAsync(BindServer? primary, CancellationToken cancellationToken) => StartAsync(primary, "", cancellationToken);

    /// <summary>One that follows aliases from one of its zones into another, as a resolver does; what it does not have itself it asks nobody for.</summary>
    public static Task<BindServer> StartResolvingAsync(CancellationToken cancellationToken) => BegunAsync(new BindServer(IPAddress.Loopback, null, "", follows: true), cancellationToken);

    /// <param name="also">More of its configuration; there is a file example.com.db.</param>
    public static Task<BindServer> StartAsync(BindServer? primary, string also, CancellationToken cancellationToken) =>
        BegunAsync(new BindServer(primary is null ? IPAddress.Loopback : IPAddress.IPv6Loopback, primary, also, follows: false), cancellationToken);

    private static async Task<BindServer> BegunAsync(BindServer server, CancellationToken cancellationToken)
    {
        try
        {
            await server.ReadyAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A secondary that has lost what it had asks its primary when it starts.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await StopAsync(cancellationToken);
        File.Delete(_folder.In("shop.test.db"));
        await _named.DisposeAsync();
        _named = Start();
        await ReadyAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _named.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _named.DisposeAsync();
        _folder.Dispose();
    }

    private ChildProcess Start() => ChildProcess.Start(RealThing.Require("named", "bind9"), ["-g", "-n", "1", "-c", _folder.In("named.conf")], [], _folder.Path);

    private async Task ReadyAsync(CancellationToken cancellationToken) => await _named.LineAsync(line => line.EndsWith(" running", StringComparison.Ordinal), cancellationToken);

    private string Options() =>
        $$"""
        options {
            directory "{{_folder.Path}}";
            listen-on port {{_port}} { {{(_address.Equals(IPAddress.Loopback) ? "127.0.0.1" : "none")}}; };
            listen-on-v6 port {{_port}} { {{(_address.Equals(IPAddress.Loopback) ? "none" : "::1")}}; };
            {{(_follows ? "recursion yes; allow-recursion { any; }; forward only; forwarders { 127.0.0.1 port 9; };" : "recursion no;")}}
            notify no;
            dnssec-validation no;
            pid-file none;
            session-keyfile none;
        };
        controls { };

        """;

    private static string Zones() =>
        $$"""
        key "sha256.test" { algorithm hmac-sha256; secret "{{Secret}}"; };
        key "sha384.test" { algorithm hmac-sha384; secret "{{Secret}}"; };
        key "sha512.test" { algorithm hmac-sha512; secret "{{Secret}}"; };
        zone "shop.test" { type primary; file "shop.test.db"; allow-update { key "sha256.test"; key "sha384.test"; key "sha512.test"; }; };
        zone "edge.test" { type primary; file "edge.test.db"; allow-update { key "sha256.test"; }; };
        zone "rules.test" { type primary; file "rules.test.db"; allow-update { key "sha256.test"; }; };
        zone "broken.test" { type primary; file "missing.db"; };
        zone "auth.test" { type primary; file "auth.test.db"; update-policy { grant "sha256.test" name moved.auth.test. TXT; }; };
        zone "closed.test" { type primary; file "closed.test.db"; };

        """;

    /// <summary>It is told of nothing, and asks again in a day.</summary>
    private static string Secondary(BindServer primary) =>
        $$"""
        zone "shop.test" { type secondary; file "shop.test.db"; primaries { 127.0.0.1 port {{primary._port}}; }; };

        """;

    private static string Zone(string zone, string records, params string[] servers) =>
        $"$TTL 60\n@ IN SOA ns1 admin 1 86400 3600 604800 60\n{string.Concat(servers.Select(server => $"@ IN NS {server}.{zone}.\n"))}ns1 IN A 127.0.0.1\n{records}";
}
