using AcmeKestrel.Dns.Lookup;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.InteropTests.Dns;

/// <summary>rfc2136 and the looks into DNS against Debian's BIND.</summary>
public sealed class BindTests : IAsyncLifetime
{
    private const string Name = "_acme-challenge.shop.test";
    private const string Value = "LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ";
    private const string Other = "gfj9Xq-Rg85nM51bSDuUhDoCTBkg8DhmiDGuCXWsNpw";

    private readonly DnsLookup _lookup = new(TimeProvider.System);
    private BindServer _bind = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _bind = await BindServer.StartAsync(null, Token);

    public ValueTask DisposeAsync() => _bind is null ? ValueTask.CompletedTask : _bind.DisposeAsync();

    [Theory]
    [InlineData("hmac-sha256", "sha256.test", "Udp")]
    [InlineData("hmac-sha384", "sha384.test", "Udp")]
    [InlineData("hmac-sha512", "sha512.test", "Tcp")]
    public async Task Two_values_stand_side_by_side_and_go_one_by_one(string algorithm, string key, string transport)
    {
        var provider = Provider(("TsigName", key), ("TsigAlgorithm", algorithm), ("Transport", transport));

        await provider.CheckAsync(Record(Value), Token);
        Assert.Empty(await TextsAsync());
        await provider.AddAsync(Record(Value), Token);
        await provider.AddAsync(Record(Value), Token);
        await provider.AddAsync(Record(Other), Token);
        Assert.Equal([Value, Other], (await TextsAsync()).Order(StringComparer.Ordinal));

        await provider.CheckAsync(Record(Value), Token);
        await provider.RemoveAsync(Record(Value), Token);
        await provider.RemoveAsync(Record(Value), Token);
        Assert.Equal([Other], await TextsAsync());
        await provider.RemoveAsync(Record(Other), Token);
        Assert.Empty(await TextsAsync());
    }

    [Fact]
    public async Task Ten_names_of_one_zone_are_written_at_once()
    {
        var provider = Provider();
        var records = Enumerable.Range(0, 10).Select(i => Record(Value, $"_acme-challenge.n{i}.shop.test")).ToList();

        await Task.WhenAll(records.Select(record => provider.AddAsync(record, Token)));
        foreach (var record in records) Assert.Equal([Value], await TextsAsync(record.Name));
        await Task.WhenAll(records.Select(record => provider.RemoveAsync(record, Token)));

        foreach (var record in records) Assert.Empty(await TextsAsync(record.Name));
    }

    [Fact]
    public async Task A_key_or_a_secret_that_the_server_does_not_know_is_said()
    {
        Assert.Equal($"The server {_bind.EndPoint}: the server does not know the key nobody.test (hmac-sha256) (BADKEY)", await FaultAsync(Provider(("TsigName", "nobody.test"))));
        Assert.Equal(
            $"The server {_bind.EndPoint}: the server has another secret for the key sha256.test (hmac-sha256) (BADSIG)",
            await FaultAsync(Provider(("TsigSecret", Convert.ToBase64String(new byte[32])))));
        Assert.Contains("BADKEY", await FaultAsync(Provider(("TsigAlgorithm", "hmac-sha512"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_zone_that_the_key_may_not_write_and_one_that_is_not_there_are_said()
    {
        Assert.Equal(
            $"The server {_bind.EndPoint} refuses the update of the zone closed.test (REFUSED): the key sha256.test may not write there",
            await FaultAsync(Provider(), "_acme-challenge.closed.test"));
        Assert.Equal($"The server {_bind.EndPoint} has no zone for _acme-challenge.example.com, of com it says REFUSED", await FaultAsync(Provider(), "_acme-challenge.example.com"));
        Assert.Equal($"The server {_bind.EndPoint} has no zone example.com that it could update (NOTAUTH)", await FaultAsync(Provider(("Zone", "example.com")), "_acme-challenge.example.com"));
    }

    [Fact]
    public async Task A_policy_for_one_name_allows_that_name_alone_before_anything_is_written()
    {
        var provider = Provider();

        await provider.CheckAsync(Record(Value, "moved.auth.test"), Token);
        await provider.AddAsync(Record(Value, "moved.auth.test"), Token);

        Assert.Contains("REFUSED", await FaultAsync(provider, "other.auth.test"), StringComparison.Ordinal);
        Assert.Equal([Value], await TextsAsync("moved.auth.test"));
    }

    [Fact]
    public async Task A_server_that_is_down_is_said()
    {
        await _bind.StopAsync(Token);

        var fault = await FaultAsync(Provider());
        Assert.StartsWith($"The server {_bind.EndPoint} cannot be asked: {_bind.EndPoint}: ", fault, StringComparison.Ordinal);
        Assert.Contains("refused", fault, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_secondary_that_lags_is_named_until_it_has_the_record()
    {
        await using var second = await BindServer.StartAsync(_bind, Token);
        await Patience.UntilAsync(async token => (await _lookup.FindTargetAsync("moved.shop.test", [second.EndPoint], token).ContinueWith(asked => asked.IsCompletedSuccessfully ? "" : null, token)), () => second.Log, Token);
        await Provider().AddAsync(Record(Value), Token);

        var absence = Assert.Single(await AbsencesAsync(second));
        Assert.Equal(new DnsAbsence($"ns2.shop.test ({second.EndPoint})", "has no such record"), absence);

        await second.ForgetAsync(Token);
        await Patience.UntilAsync(async token => (await AbsencesAsync(second)).Count == 0 ? "" : null, () => second.Log, Token);

        await second.StopAsync(Token);

        // As one of the zone's it might be passed over; as a resolver that is named it is waited for.
        Assert.Equal([($"ns2.shop.test ({second.EndPoint})", true), ($"resolver {second.EndPoint}", false)], (await AbsencesAsync(second)).Select(absence => (absence.Server, absence.MayBePassedOver)));
    }

    [Fact]
    public async Task A_delegated_name_is_followed_and_written_where_it_leads()
    {
        var target = await _lookup.FindTargetAsync("_acme-challenge.moved.shop.test", [_bind.EndPoint], Token);
        Assert.Equal("moved.auth.test", target);

        await Provider().AddAsync(Record(Value, target), Token);

        Assert.Empty(await _lookup.FindAbsencesAsync(target, Value, [_bind.EndPoint], Token));
        Assert.Equal([Value], await TextsAsync(target));
    }

    /// <summary>More than a datagram of BIND's takes.</summary>
    [Fact]
    public async Task Many_values_at_one_name_are_read_by_TCP()
    {
        var provider = Provider();
        var values = Enumerable.Range(0, 40).Select(i => $"{Value[..40]}{i:D3}").ToList();
        foreach (var value in values) await provider.AddAsync(Record(value), Token);

        Assert.Equal(values, (await TextsAsync()).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(await _lookup.FindAbsencesAsync(Name, values[7], [_bind.EndPoint], Token), absence => absence.Server.StartsWith("ns1", StringComparison.Ordinal));
        Assert.Equal("has 40 other values", (await _lookup.FindAbsencesAsync(Name, Other, [_bind.EndPoint], Token)).Single(absence => absence.Server.StartsWith("ns1", StringComparison.Ordinal)).Reason);
    }

    /// <summary>Key, policy and settings of docs/dns.md as they stand there.</summary>
    [Fact]
    public async Task The_example_of_the_documentation_serves_its_names_alone()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "dns.md"), Token);
        var begin = page.IndexOf("key \"edge.example.com\"", StringComparison.Ordinal);
        await using var documented = await BindServer.StartAsync(null, page[begin..page.IndexOf("```", begin, StringComparison.Ordinal)], Token);
        var sample = page[page.IndexOf("{ \"Type\": \"rfc2136\"", begin, StringComparison.Ordinal)..];
        var keys = System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string?>>(sample[..(sample.IndexOf('}', StringComparison.Ordinal) + 1)])!;
        (keys["Server"], keys["TsigSecret"]) = ($"{keys["Server"]}:{documented.EndPoint.Port}", BindServer.Secret);
        keys.Remove("Type");
        keys.Remove("TsigSecretFile");
        var provider = DnsProviders.Create("rfc2136", keys);

        foreach (var name in new[] { "_acme-challenge.example.com", "_acme-challenge.www.example.com" })
        {
            await provider.CheckAsync(Record(Value, name), Token);
            await provider.AddAsync(Record(Value, name), Token);
            Assert.Equal([Value], await documented.FindTextsAsync(name, Token));
            await provider.RemoveAsync(Record(Value, name), Token);
        }

        Assert.Contains("REFUSED", (await Assert.ThrowsAsync<DnsProviderException>(() => provider.CheckAsync(Record(Value, "_acme-challenge.other.example.com"), Token))).Message, StringComparison.Ordinal);
    }

    private static DnsChallengeRecord Record(string value, string name = Name) => new(name, value, "shop.test", "token", "token.thumbprint");

    private Task<IReadOnlyList<string>> TextsAsync(string name = Name) => _bind.FindTextsAsync(name, Token);

    private Task<IReadOnlyList<DnsAbsence>> AbsencesAsync(params BindServer[] others) => _lookup.FindAbsencesAsync(Name, Value, [_bind.EndPoint, .. others.Select(server => server.EndPoint)], Token);

    /// <summary>As an application gets it.</summary>
    private IDnsProvider Provider(params (string Key, string Value)[] keys)
    {
        var values = new Dictionary<string, string?> { ["Server"] = _bind.EndPoint.ToString(), ["TsigName"] = "sha256.test", ["TsigSecret"] = BindServer.Secret };
        foreach (var (key, value) in keys) values[key] = value;
        return DnsProviders.Create("rfc2136", values);
    }

    private static async Task<string> FaultAsync(IDnsProvider provider, string name = Name)
    {
        var checking = await Assert.ThrowsAsync<DnsProviderException>(() => provider.CheckAsync(Record(Value, name), Token));
        Assert.Equal(checking.Message, (await Assert.ThrowsAsync<DnsProviderException>(() => provider.AddAsync(Record(Value, name), Token))).Message);
        return checking.Message;
    }
}
