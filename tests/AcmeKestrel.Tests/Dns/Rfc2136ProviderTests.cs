using AcmeKestrel.Dns.Transport;
using AcmeKestrel.Dns.Updates;
using AcmeKestrel.Dns.Wire;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

public sealed class Rfc2136ProviderTests
{
    private static readonly TsigKey Key = new("edge.shop.test", "hmac-sha256", [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
    private static readonly DnsChallengeRecord Record = new("_acme-challenge.shop.test", "digest-one", "shop.test", "token", "token.thumbprint");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("hmac-sha256", "Udp")]
    [InlineData("hmac-sha384", "Udp")]
    [InlineData("hmac-sha512", "Tcp")]
    public async Task A_value_is_added_beside_others_and_removed_alone(string algorithm, string transport)
    {
        await using var dns = new UpdatableDns("shop.test", Key with { Algorithm = algorithm });
        dns.Values.Add("another");
        var provider = Provider(dns, ("TsigAlgorithm", algorithm), ("Transport", transport));

        await provider.CheckAsync(Record, Token);
        Assert.Equal(["another"], dns.Values);
        await provider.AddAsync(Record, Token);
        await provider.AddAsync(Record with { Value = "digest-two" }, Token);
        Assert.Equal(["another", "digest-one", "digest-two"], dns.Values);
        await provider.RemoveAsync(Record, Token);
        await provider.RemoveAsync(Record, Token);

        Assert.Equal(["another", "digest-two"], dns.Values);
        Assert.All(dns.Changes, change => Assert.Equal(Record.Name, change.Name));
        Assert.Equal(transport == "Udp", dns.Datagrams > 0);
    }

    [Fact]
    public async Task What_does_not_fit_comes_by_TCP()
    {
        await using var dns = new UpdatableDns("shop.test", Key) { Truncates = true };

        await Provider(dns).AddAsync(Record, Token);

        Assert.Equal([Record.Value], dns.Values);
    }

    [Theory]
    [InlineData(5, "refuses the update of the zone shop.test (REFUSED): the key edge.shop.test may not write there")]
    [InlineData(9, "has no zone shop.test that it could update (NOTAUTH)")]
    [InlineData(10, "says that the name is not in the zone shop.test (NOTZONE)")]
    [InlineData(4, "does not take updates of the zone shop.test (NOTIMP)")]
    [InlineData(2, "could not carry out the update of the zone shop.test (SERVFAIL)")]
    [InlineData(7, "does not carry out the update of the zone shop.test (YXRRSET)")]
    public async Task A_refusal_is_explained(int code, string words)
    {
        await using var dns = new UpdatableDns("shop.test", Key) { Code = code };

        Assert.StartsWith($"The server {dns.EndPoint} {words}", await FaultAsync(Provider(dns).AddAsync(Record, Token)), StringComparison.Ordinal);
        dns.SignsNothing = true;
        Assert.StartsWith($"The server {dns.EndPoint} {words}", await FaultAsync(Provider(dns, ("Zone", "Shop.test.")).CheckAsync(Record, Token)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DnsCodes.BadKey, "does not know the key edge.shop.test (hmac-sha256) (BADKEY)")]
    [InlineData(DnsCodes.BadSignature, "has another secret for the key edge.shop.test (hmac-sha256) (BADSIG)")]
    [InlineData(DnsCodes.BadTime, "the clocks differ by more than the 300 s that are allowed (BADTIME); the server's says 2")]
    [InlineData(DnsCodes.BadTruncation, "does not accept the signature (BADTRUNC)")]
    public async Task A_signature_that_the_server_does_not_take_is_explained(int error, string words)
    {
        await using var dns = new UpdatableDns("shop.test", Key) { TsigError = error };

        Assert.Contains(words, await FaultAsync(Provider(dns).CheckAsync(Record, Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_counts_with_the_servers_own_signature_of_now_only()
    {
        await using var dns = new UpdatableDns("shop.test", Key) { SignsNothing = true };
        Assert.Contains("the answer is not signed", await FaultAsync(Provider(dns, ("Zone", "shop.test")).AddAsync(Record, Token)), StringComparison.Ordinal);

        dns.SignsNothing = false;
        dns.Key = Key with { Secret = [1, 2, 3] };
        Assert.Contains("the signature of the answer is not the server's", await FaultAsync(Provider(dns).AddAsync(Record, Token)), StringComparison.Ordinal);

        dns.Key = Key with { Name = "other.shop.test" };
        Assert.Contains("signed with another key", await FaultAsync(Provider(dns).AddAsync(Record, Token)), StringComparison.Ordinal);

        (dns.Key, dns.ClockIsOff) = (Key, TimeSpan.FromMinutes(6));
        Assert.Contains("signed at another time", await FaultAsync(Provider(dns).AddAsync(Record, Token)), StringComparison.Ordinal);

        dns.ClockIsOff = TimeSpan.Zero;
        byte[]? old = null;
        dns.Instead = question => old is null ? old = dns.Answer(question) : [question[0], question[1], .. old[2..]];
        await Provider(dns, ("Zone", "shop.test")).AddAsync(Record, Token);
        Assert.Contains("the signature of the answer is not the server's", await FaultAsync(Provider(dns, ("Zone", "shop.test")).AddAsync(Record, Token)), StringComparison.Ordinal);

        dns.Instead = question => [question[0], question[1], 0xA8, 0, 0, 0, 0, 9, 0, 0, 0, 0];
        Assert.Contains("answers what is no DNS message", await FaultAsync(Provider(dns).AddAsync(Record, Token)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_asked_again_and_then_given_up()
    {
        await using var dns = new UpdatableDns("shop.test", Key) { IsSilent = true };
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var adding = FaultAsync(Provider(time, dns, ("Zone", "shop.test")).AddAsync(Record, Token));
        while (!adding.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal($"The server {dns.EndPoint} cannot be asked: {dns.EndPoint}: it does not answer within 10 s", await adding);
    }

    [Fact]
    public async Task A_name_outside_the_zone_is_not_asked_for()
    {
        await using var dns = new UpdatableDns("shop.test", Key);

        Assert.Equal($"{Record.Name} is not in the zone op.test that this provider writes", await FaultAsync(Provider(dns, ("Zone", "op.test")).AddAsync(Record, Token)));
        Assert.Equal($"The server {dns.EndPoint} has no zone for _acme-challenge.example.com, of com it says NXDOMAIN", await FaultAsync(Provider(dns).AddAsync(Record with { Name = "_acme-challenge.example.com" }, Token)));
        Assert.Empty(dns.Changes);
    }

    /// <summary>One file for the server's configuration, for nsupdate and for this.</summary>
    [Theory]
    [InlineData("key \"edge.shop.test\" {\n\talgorithm hmac-sha256;\n\tsecret \"$\";\n};\n", null)]
    [InlineData("# made by hand\n\nkey Edge.Shop.Test. { secret $; algorithm HMAC-SHA256; };", null)]
    [InlineData("  $\n", null)]
    [InlineData("key \"other.test\" { algorithm hmac-sha256; secret \"$\"; };", "The file of the key edge.shop.test (TsigName) holds the key other.test")]
    [InlineData("key \"edge.shop.test\" { algorithm hmac-sha512; secret \"$\"; };", "The key edge.shop.test is of hmac-sha512 by its file, and TsigAlgorithm is hmac-sha256")]
    [InlineData("key \"edge.shop.test\" { algorithm hmac-sha256; };", "The secret of the key edge.shop.test is neither base64 nor a key as tsig-keygen prints it")]
    [InlineData("key \"edge.shop.test\" { algorithm hmac-sha256; secret \"$\"; }; key \"two.test\" { secret \"$\"; };", "The secret of the key edge.shop.test is neither base64 nor a key as tsig-keygen prints it")]
    public async Task A_secret_may_stand_in_the_file_that_tsig_keygen_prints(string text, string? fault)
    {
        await using var dns = new UpdatableDns("shop.test", Key);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, text.Replace("$", Convert.ToBase64String(Key.Secret), StringComparison.Ordinal), Token);
            var configuration = new AcmeComponentConfiguration("bind", new Dictionary<string, string?> { ["Server"] = dns.EndPoint.ToString(), ["TsigName"] = "edge.shop.test", ["TsigSecretFile"] = file });
            var settings = Rfc2136Settings.Read(configuration);
            Assert.Empty(configuration.Problems);
            var adding = new Rfc2136Provider(settings, new SignedServer(settings.Server, settings.UseTcp, new DnsExchange(TimeProvider.System), TimeProvider.System)).AddAsync(Record, Token);

            if (fault is null) await adding;
            else Assert.Equal(fault, await FaultAsync(adding));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Wrong_keys_are_all_told()
    {
        var configuration = new AcmeComponentConfiguration("bind", new Dictionary<string, string?>
        {
            ["Server"] = "dns server",
            ["Zone"] = "a b",
            ["TsigSecret"] = "no base64!",
            ["TsigAlgorithm"] = "hmac-md5",
            ["Ttl"] = "0",
            ["Transport"] = "tls",
        });

        Rfc2136Settings.Read(configuration);

        Assert.Equal(["Server", "Transport", "TsigAlgorithm", "TsigName", "TsigSecret", "Ttl", "Zone"], configuration.Problems.Select(problem => problem.Key).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(configuration.Problems, problem => problem.Problem.Contains("no base64!", StringComparison.Ordinal));
        Assert.Empty(configuration.UnknownKeys);
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1:53", "127.0.0.1")]
    [InlineData("127.0.0.1:5300", "127.0.0.1:5300")]
    [InlineData("::1", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("[2001:db8::1]:5300", "[2001:db8::1]:5300")]
    [InlineData("ns1.example.com:5300", "ns1.example.com:5300")]
    [InlineData("ns1.example.com", "ns1.example.com")]
    public void A_server_is_a_host_or_an_address_with_a_port_or_without(string text, string shown) => Assert.Equal(shown, DnsServerAddress.TryParse(text)?.ToString());

    [Theory]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("ns1.example.com:x")]
    [InlineData("https://ns1.example.com")]
    [InlineData("[::1")]
    public void No_server_is_said(string text) => Assert.Null(DnsServerAddress.TryParse(text));

    private static Rfc2136Provider Provider(UpdatableDns dns, params (string Key, string Value)[] keys) => Provider(TimeProvider.System, dns, keys);

    private static Rfc2136Provider Provider(TimeProvider time, UpdatableDns dns, params (string Key, string Value)[] keys)
    {
        var values = new Dictionary<string, string?> { ["Server"] = dns.EndPoint.ToString(), ["TsigName"] = "Edge.shop.test.", ["TsigSecret"] = Convert.ToBase64String(Key.Secret) };
        foreach (var (key, value) in keys) values[key] = value;
        var configuration = new AcmeComponentConfiguration("bind", values);
        var settings = Rfc2136Settings.Read(configuration);
        Assert.Empty(configuration.Problems);
        return new Rfc2136Provider(settings, new SignedServer(settings.Server, settings.UseTcp, new DnsExchange(time), time));
    }

    private static async Task<string> FaultAsync(Task doing) => (await Assert.ThrowsAsync<DnsProviderException>(() => doing)).Message;
}
