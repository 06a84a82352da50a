using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

public sealed class AcmeDnsTests : IDisposable
{
    private readonly FakeAcmeDns _api = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("acme-dns").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _api.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Two_values_stand_side_by_side_and_removing_asks_for_nothing()
    {
        var provider = Provider();

        await provider.CheckAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record with { Value = new string('b', 43) }, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);

        Assert.Equal([ApiScene.Value, new string('b', 43)], _api.Values);
        Assert.Equal(["/dns/update", "/dns/update"], _api.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task Its_refusals_are_said_and_it_is_never_registered_with()
    {
        Assert.Equal("The acme-dns server auth.test could not set _acme-challenge.www.shop.test: the credentials are not accepted (401): forbidden", await FaultAsync(Provider(("Password", "another")).AddAsync(ApiScene.Record, Token)));
        Assert.EndsWith("it answers 400: bad_subdomain", await FaultAsync(Provider(("Subdomain", "another")).AddAsync(ApiScene.Record, Token)), StringComparison.Ordinal);
        (_api.Status, _api.RetryAfterSeconds) = (429, 5);
        Assert.Contains("(429); it asks to wait 5 s", await FaultAsync(Provider().AddAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        Assert.All(_api.Requests, request => Assert.Equal("/dns/update", request.Path));
    }

    [Fact]
    public async Task One_that_never_answers_is_given_up()
    {
        var time = new FakeTimeProvider();
        _api.IsSilent = true;
        var adding = ApiScene.Create("acme-dns", _api, time, ("Endpoint", "https://auth.test/dns"), ("Username", "user-1"), ("Password", ApiScene.Token), ("Subdomain", "sub-1")).AddAsync(ApiScene.Record, Token);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("The acme-dns server auth.test does not answer within 30 s", await FaultAsync(adding));
    }

    [Fact]
    public async Task Each_domain_has_its_account_in_a_file_as_other_clients_keep_it()
    {
        var file = Path.Combine(_folder, "accounts.json");
        var provider = ApiScene.Create("acme-dns", _api, ("Endpoint", "https://auth.test/dns/"), ("AccountsFile", file));
        Assert.Contains("cannot be read", await FaultAsync(provider.CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "{", Token);
        Assert.EndsWith("are no JSON", await FaultAsync(provider.CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, """{"www.shop.test":{},"\ud800 is half of a character":{}}""", Token);
        Assert.Contains("There is no acme-dns account for www.shop.test", await FaultAsync(provider.CheckAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        await File.WriteAllTextAsync(
            file,
            $$$"""{"www.shop.test":{"fulldomain":"sub-1.auth.test","subdomain":"sub-1","username":"user-1","password":"{{{ApiScene.Token}}}","server_url":"https://auth.test"},"other.test":{"username":7}}""",
            Token);
        await provider.CheckAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record with { Name = "sub-1.auth.test" }, Token);
        Assert.Equal(ApiScene.Value, _api.Values[^1]);

        Assert.Contains("There is no acme-dns account for other.test", await FaultAsync(provider.AddAsync(ApiScene.Record with { Domain = "other.test" }, Token)), StringComparison.Ordinal);
        Assert.Equal(
            "_acme-challenge.www.shop.test leads to sub-2.auth.test, and this acme-dns account writes sub-1.auth.test: the CNAME record is another account's",
            await FaultAsync(provider.CheckAsync(ApiScene.Record with { Name = "sub-2.auth.test" }, Token)));
    }

    [Fact]
    public void Keys_are_checked()
    {
        Assert.Equal(["Endpoint is missing.", "Password is missing; PasswordFile may name a file that holds it.", "Subdomain is missing.", "Username is missing."], ApiScene.Problems("acme-dns"));
        Assert.Contains("Endpoint is http, and only a loopback address may be.", ApiScene.Problems("acme-dns", ("Endpoint", "http://[::127.0.0.1]/")));
        Assert.DoesNotContain(ApiScene.Problems("acme-dns", ("Endpoint", "http://[::ffff:127.0.0.1]/")), problem => problem.StartsWith("Endpoint", StringComparison.Ordinal));
        Assert.Equal(["AccountsFile 'accounts.json' is no absolute path."], ApiScene.Problems("acme-dns", ("Endpoint", "https://auth.test"), ("AccountsFile", "accounts.json")));
    }

    private IDnsProvider Provider(params (string Key, string Value)[] keys)
    {
        var values = new Dictionary<string, string> { ["Endpoint"] = "https://auth.test/dns", ["Username"] = "user-1", ["Password"] = ApiScene.Token, ["Subdomain"] = "sub-1", ["FullDomain"] = "sub-1.auth.test." };
        foreach (var (key, value) in keys) values[key] = value;
        return ApiScene.Create("acme-dns", _api, [.. values.Select(pair => (pair.Key, pair.Value))]);
    }

    private static async Task<string> FaultAsync(Task calling)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => calling);
        Assert.True(fault is DnsProviderException or AcmeSecretException, fault.ToString());
        return fault.Message;
    }
}
