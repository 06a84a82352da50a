using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Dns;

public sealed class HttpReqTests : IDisposable
{
    private readonly FakeHttpReq _api = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task It_is_told_the_name_and_the_value()
    {
        _api.Basic = "edge:pass:word";
        var provider = Provider(("Username", "edge"), ("Password", "pass:word"));

        await provider.CheckAsync(ApiScene.Record, Token);
        await provider.AddAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);

        Assert.Equal(["/base/present", "/base/cleanup"], _api.Requests.Select(request => request.Path));
        Assert.Equal([$$"""present {"fqdn":"_acme-challenge.www.shop.test.","value":"{{ApiScene.Value}}"}""", $$"""cleanup {"fqdn":"_acme-challenge.www.shop.test.","value":"{{ApiScene.Value}}"}"""], _api.Said);
    }

    [Fact]
    public async Task Raw_it_is_told_what_the_value_is_made_of()
    {
        var provider = Provider(("Mode", "raw"));

        await provider.AddAsync(ApiScene.Record, Token);
        await provider.RemoveAsync(ApiScene.Record, Token);

        Assert.Equal(["/base/present", "/base/cleanup"], _api.Requests.Select(request => request.Path));
        Assert.Equal(["""present {"domain":"www.shop.test","token":"-token","keyAuth":"-token.thumbprint"}""", """cleanup {"domain":"www.shop.test","token":"-token","keyAuth":"-token.thumbprint"}"""], _api.Said);
    }

    [Theory]
    [InlineData("Default")]
    [InlineData("RAW")]
    public async Task Its_refusals_are_said_without_the_password(string mode)
    {
        _api.Basic = "edge:password";
        Assert.StartsWith("The server dns.example.com:8443 could not present _acme-challenge.www.shop.test: the credentials are not accepted (401)", await FaultAsync(Provider(("Mode", mode)).AddAsync(ApiScene.Record, Token)), StringComparison.Ordinal);

        _api.RetryAfterSeconds = 17;
        foreach (var (status, words) in new[] { (302, "it redirects (302), which is not followed"), (404, "it answers 404"), (429, "there were too many requests (429); it asks to wait 17 s"), (500, "it has trouble (500)") })
        {
            _api.Status = status;
            var fault = await FaultAsync(Provider(("Mode", mode), ("Username", "edge"), ("Password", "password")).RemoveAsync(ApiScene.Record, Token));
            Assert.Contains(words, fault, StringComparison.Ordinal);
            Assert.EndsWith(" [...]", fault, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("Default")]
    [InlineData("RAW")]
    public async Task One_that_never_answers_is_given_up(string mode)
    {
        var time = new FakeTimeProvider();
        _api.IsSilent = true;
        var adding = ApiScene.Create("httpreq", _api, time, ("Endpoint", "https://dns.example.com:8443/base/"), ("Mode", mode)).AddAsync(ApiScene.Record, Token);

        time.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal("The server dns.example.com:8443 does not answer within 30 s", await FaultAsync(adding));
    }

    [Fact]
    public async Task An_answer_that_does_not_end_is_bounded()
    {
        using var endless = new Endless();

        Assert.Equal("The server dns.example.com:8443 answers more than 1048576 bytes", await FaultAsync(ApiScene.Create("httpreq", endless, ("Endpoint", "https://dns.example.com:8443/base/")).AddAsync(ApiScene.Record, Token)));
    }

    [Fact]
    public void Keys_are_checked()
    {
        Assert.Equal(["Endpoint is missing."], ApiScene.Problems("httpreq"));
        Assert.Equal(["Endpoint has a user or a password in it: there are keys for them.", "Mode 'fast' is none of Default, RAW.", "Password is missing beside Username; PasswordFile may name a file that holds it."], ApiScene.Problems("httpreq", ("Endpoint", "https://a:b@example.com"), ("Mode", "fast"), ("Username", "x")));
        Assert.Equal(["Username is missing beside the password."], ApiScene.Problems("httpreq", ("Endpoint", "http://127.0.0.1:8080/"), ("Password", "x")));
    }

    private IDnsProvider Provider(params (string Key, string Value)[] keys) => ApiScene.Create("httpreq", _api, [("Endpoint", "https://dns.example.com:8443/base/"), .. keys]);

    private static async Task<string> FaultAsync(Task calling)
    {
        var fault = await Assert.ThrowsAnyAsync<Exception>(() => calling);
        Assert.True(fault is DnsProviderException or AcmeSecretException, fault.ToString());
        return fault.Message;
    }

    private sealed class Endless : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { Content = new StreamContent(new Zeros()) });
    }

    private sealed class Zeros : MemoryStream
    {
        public override int Read(Span<byte> buffer) => buffer.Length;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(buffer.Length);
    }
}
