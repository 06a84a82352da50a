using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using AcmeKestrel.Challenges;
using Microsoft.Extensions.Time.Testing;

namespace AcmeKestrel.Tests.Challenges;

/// <summary>What is seen of a name from here: no socket is opened.</summary>
public sealed class FrontDoorTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Uri> _asked = [];
    private bool _isOn = true;
    private CancellationToken _stop = TestContext.Current.CancellationToken;
    private Func<string, CancellationToken, Task<IPAddress[]>> _resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
    private Func<CancellationToken, Task<HttpResponseMessage>> _answer = _ => Task.FromResult(Text("token.thumbprint\n"));

    [Fact]
    public async Task What_comes_back_as_it_should_is_no_fault()
    {
        Assert.Null(await LookAsync());
        Assert.Equal("http://shop.example.ch/.well-known/acme-challenge/token", Assert.Single(_asked).OriginalString);
    }

    [Fact]
    public async Task A_redirect_is_the_CAs_to_follow()
    {
        _answer = _ => Task.FromResult(new HttpResponseMessage(HttpStatusCode.MovedPermanently) { Headers = { Location = new Uri("http://169.254.169.254/") } });

        Assert.Null(await LookAsync());
        Assert.Single(_asked);
    }

    [Theory]
    [InlineData(404, "", "answers 404")]
    [InlineData(200, "welcome", "answers something else")]
    [InlineData(200, "", "answers something else")]
    public async Task Another_server_is_a_fault(int status, string body, string expected)
    {
        _answer = _ => Task.FromResult(Text(body, (HttpStatusCode)status));

        Assert.Contains(expected, await LookAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_endless_answer_is_not_read_to_its_end()
    {
        var endless = new EndlessStream();
        _answer = _ => Task.FromResult(new HttpResponseMessage { Content = new StreamContent(endless) });

        Assert.Contains("something else", await LookAsync(), StringComparison.Ordinal);
        Assert.InRange(endless.Given, 1, 64 * 1024);
    }

    [Fact]
    public async Task A_name_without_an_address_is_a_fault_and_is_not_asked()
    {
        _resolve = (_, _) => throw new SocketException((int)SocketError.HostNotFound);
        Assert.Contains("does not resolve", await LookAsync(), StringComparison.Ordinal);
        _resolve = (_, _) => Task.FromResult<IPAddress[]>([]);
        Assert.Contains("has no address", await LookAsync(), StringComparison.Ordinal);
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_and_one_that_says_nothing_are_faults()
    {
        _answer = _ => throw new HttpRequestException("Connection refused");
        Assert.Contains("cannot be reached on port 80: Connection refused", await LookAsync(), StringComparison.Ordinal);

        _answer = async cancel =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return Text("");
        };
        var look = LookAsync();
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Contains("within 5 s", await look, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_stops_it_gets_no_fault()
    {
        using var stop = new CancellationTokenSource();
        _answer = async cancel =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            return Text("");
        };
        _stop = stop.Token;
        var look = LookAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
    }

    [Fact]
    public async Task Only_what_a_public_CA_would_be_asked_for_is_looked_at()
    {
        _answer = _ => throw new HttpRequestException("Connection refused");
        _resolve = (_, _) => Task.FromResult<IPAddress[]>([]);

        Assert.Null(await LookAsync("shop.test"));
        Assert.Null(await LookAsync("127.0.0.1"));
        Assert.Null(await LookAsync("*.example.ch"));
        _isOn = false;
        Assert.Null(await LookAsync());
        _isOn = true;
        Assert.NotNull(await LookAsync());
    }

    /// <summary>Port 443 says nothing of the answer before the CA asks: only the name is looked at.</summary>
    [Fact]
    public async Task For_tls_alpn_01_the_name_alone_is_looked_at()
    {
        Assert.Null(await LookAsync(type: ChallengeTypes.TlsAlpn01));
        Assert.Empty(_asked);
    }

    private async Task<string?> LookAsync(string name = "shop.example.ch", string type = ChallengeTypes.Http01)
    {
        using var door = new FrontDoor(() => _isOn, _time, (host, token) => _resolve(host, token), new Handler(this));
        return await door.FindFaultAsync(new ChallengeAnswer(type, AcmeIdentifier.Parse(name), "token", "token.thumbprint"), _stop);
    }

    private static HttpResponseMessage Text(string body, HttpStatusCode status = HttpStatusCode.OK) => new(status) { Content = new StringContent(body) };

    private sealed class Handler(FrontDoorTests test) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            test._asked.Add(request.RequestUri!);
            return test._answer(cancellationToken);
        }
    }

    private sealed class EndlessStream : MemoryStream
    {
        public long Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'a');
            Given += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
