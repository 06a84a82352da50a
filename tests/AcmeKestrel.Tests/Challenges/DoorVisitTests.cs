using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>An answer is looked for at each address, along the redirects that a CA follows. No socket is opened but in the last test.</summary>
public sealed class DoorVisitTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _asked = [];
    private Func<string, CancellationToken, Task<IPAddress[]>> _resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
    private Func<IPAddress, Uri, CancellationToken, Task<HttpResponseMessage>> _answer = (_, _, _) => Task.FromResult(Text("token.thumbprint\n"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_address_is_asked_by_itself()
    {
        _resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.IPv6Loopback, IPAddress.Loopback, IPAddress.Loopback]);
        _answer = (address, _, _) => Task.FromResult(address.AddressFamily is AddressFamily.InterNetwork ? Text("token.thumbprint") : Text("welcome\u001b[2J <html>"));

        var visits = await VisitAsync();

        Assert.Equal([("::1", AcmeHttpTestOutcome.OtherAnswer), ("127.0.0.1", AcmeHttpTestOutcome.Right)], visits.Select(visit => (visit.Address, visit.Outcome)));
        Assert.Equal("welcome [2J <html>", visits[0].Text);
        Assert.False(new AcmeHttpTestResult("shop.test") { Visits = visits }.IsGood);
        Assert.True(new AcmeHttpTestResult("shop.test") { Visits = [visits[1]] }.IsGood);
    }

    [Fact]
    public async Task Redirects_are_followed_to_the_answer()
    {
        _answer = (_, url, _) => Task.FromResult(url.Scheme == "http" ? To("https://shop.test/moved") : url.AbsolutePath == "/moved" ? To("/again?x=1") : Text("token.thumbprint"));

        var visit = Assert.Single(await VisitAsync());

        Assert.Equal((AcmeHttpTestOutcome.Right, 2, "https://shop.test/again?x=1"), (visit.Outcome, visit.Redirects, visit.Url));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest", "to names alone")]
    [InlineData("http://[::1]/", "to names alone")]
    [InlineData("http://shop.test:8080/", "port 8080")]
    [InlineData("ftp://shop.test/", "redirects to ftp")]
    [InlineData("http://user@shop.test/", "a user in it")]
    [InlineData("http://shop.test/.well-known/acme-challenge/token", "in a circle")]
    [InlineData(null, "does not say where to")]
    public async Task A_redirect_that_no_CA_follows_is_not_followed(string? location, string why)
    {
        _answer = (_, _, _) => Task.FromResult(To(location));

        var visit = Assert.Single(await VisitAsync());

        Assert.Equal((AcmeHttpTestOutcome.BadRedirect, 302), (visit.Outcome, visit.Status));
        Assert.Contains(why, visit.Problem, StringComparison.Ordinal);
        Assert.Single(_asked);
    }

    [Fact]
    public async Task Redirects_come_to_an_end()
    {
        _answer = (_, _, _) => Task.FromResult(To($"/{_asked.Count}"));

        Assert.Equal(AcmeHttpTestOutcome.BadRedirect, Assert.Single(await VisitAsync()).Outcome);
        Assert.Equal(11, _asked.Count);
    }

    [Theory]
    [InlineData(404, "not found", AcmeHttpTestOutcome.OtherAnswer, "it answers 404")]
    [InlineData(200, "", AcmeHttpTestOutcome.OtherAnswer, "something else")]
    [InlineData(304, "", AcmeHttpTestOutcome.OtherAnswer, "it answers 304")]
    public async Task Whatever_else_answers_is_somebody_else(int status, string text, AcmeHttpTestOutcome outcome, string why)
    {
        _answer = (_, _, _) => Task.FromResult(Text(text, (HttpStatusCode)status));

        var visit = Assert.Single(await VisitAsync());

        Assert.Equal((outcome, status), (visit.Outcome, visit.Status));
        Assert.Contains(why, visit.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_reached_says_how()
    {
        _answer = (_, _, _) => throw new HttpRequestException("no", new SocketException((int)SocketError.ConnectionRefused));
        Assert.Equal(AcmeHttpTestOutcome.Unreachable, Assert.Single(await VisitAsync()).Outcome);
        _answer = (_, _, _) => throw new HttpRequestException("no", new SocketException((int)SocketError.NetworkUnreachable));
        Assert.Equal(AcmeHttpTestOutcome.Unseen, Assert.Single(await VisitAsync()).Outcome);
        _resolve = (_, _) => throw new SocketException((int)SocketError.HostNotFound);
        Assert.Equal(AcmeHttpTestOutcome.NotResolved, Assert.Single(await VisitAsync()).Outcome);
        _resolve = (_, _) => Task.FromResult<IPAddress[]>([]);
        Assert.Equal(AcmeHttpTestOutcome.NotResolved, Assert.Single(await VisitAsync()).Outcome);

        _resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        _answer = async (_, _, cancel) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return Text("");
        };
        var visit = VisitAsync();
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(AcmeHttpTestOutcome.TimedOut, Assert.Single(await visit).Outcome);
    }

    [Fact]
    public async Task The_connection_goes_to_the_address_that_is_visited_and_no_other()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using var http = new HttpMessageInvoker(DoorVisits.NewHandler("shop.test", IPAddress.Loopback, (_, _) => throw new InvalidOperationException("It was resolved."), TimeSpan.FromSeconds(5)));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://shop.test:{port}/");
        var asked = http.SendAsync(request, Token);
        using var client = await listener.AcceptTcpClientAsync(Token);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream, leaveOpen: true);
        var lines = new List<string>();
        while (await reader.ReadLineAsync(Token) is { Length: > 0 } line) lines.Add(line);
        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"u8.ToArray(), Token);

        using var response = await asked;

        Assert.Equal("hi", await DoorVisits.ReadAsync(response, Token));
        Assert.Contains($"Host: shop.test:{port}", lines);
    }

    private async Task<IReadOnlyList<AcmeHttpTestVisit>> VisitAsync()
    {
        using var door = new FrontDoor(() => false, _time, (host, token) => _resolve(host, token), visitorOf: (_, address) => new Handler(this, address));
        return await door.VisitAsync(new ChallengeAnswer(ChallengeTypes.Http01, AcmeIdentifier.Parse("shop.test"), "token", "token.thumbprint"), Token);
    }

    private static HttpResponseMessage Text(string body, HttpStatusCode status = HttpStatusCode.OK) => new(status) { Content = new StringContent(body) };

    private static HttpResponseMessage To(string? location)
    {
        var response = new HttpResponseMessage(HttpStatusCode.Found);
        if (location is not null) response.Headers.Location = new Uri(location, UriKind.RelativeOrAbsolute);
        return response;
    }

    private sealed class Handler(DoorVisitTests test, IPAddress address) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            lock (test._asked) test._asked.Add(request.RequestUri!.OriginalString);
            return test._answer(address, request.RequestUri!, cancellationToken);
        }
    }
}
