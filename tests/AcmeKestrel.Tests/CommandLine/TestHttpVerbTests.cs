using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AcmeKestrel.Challenges;
using AcmeKestrel.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary><c>test http</c>: an answer is laid out where the CA would ask, and looked for as a CA does.</summary>
public sealed class TestHttpVerbTests : CommandScene
{
    private readonly int _port = Ports.Free();
    private Func<string, IPAddress[]> _resolve = _ => [IPAddress.Loopback];

    public TestHttpVerbTests()
    {
        Settings["Acme:Domains:0"] = "shop.test www.shop.test";
        Settings["Kestrel:Endpoints:Http:Url"] = $"http://127.0.0.1:{_port}";
        Also = services => services.AddSingleton<IFrontDoor>(new FrontDoor(() => false, TimeProvider.System, (host, _) => Task.FromResult(_resolve(host)), visitorOf: (_, address) => Visitor(address)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Each_wished_name_is_looked_for_and_no_CA_is_asked(bool withServer)
    {
        Settings["Acme:Enabled"] = withServer ? "true" : null;
        if (withServer) await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var asked = Requests.Count;

        var said = await AcmeAsync("test", "http");

        Assert.Equal(0, said.Exit);
        Assert.Equal(
            ["shop.test: a CA would find the answer, as far as can be seen from here", "  127.0.0.1: the right answer", "www.shop.test: a CA would find the answer, as far as can be seen from here", "  127.0.0.1: the right answer"], said.Output);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(State, "answers")));
        Assert.Equal(asked, withServer ? Requests.Count : asked);
    }

    [Fact]
    public async Task Another_server_at_one_of_the_addresses_is_told_with_what_to_do()
    {
        _resolve = host => host == "shop.test" ? [IPAddress.Loopback, IPAddress.Parse("127.0.0.2")] : throw new SocketException((int)SocketError.HostNotFound);
        await ServeAsync();

        var said = await AcmeAsync("test", "http", "shop.test", "new.test", "*.shop.test", "--json");

        Assert.Equal(1, said.Exit);
        using var answer = JsonDocument.Parse(said.Text);
        var names = answer.RootElement.GetProperty("names");
        Assert.Equal(["Right", "Unreachable"], names[0].GetProperty("addresses").EnumerateArray().Select(address => address.GetProperty("outcome").GetString()));
        Assert.Contains("port 80", names[0].GetProperty("addresses")[1].GetProperty("advice").GetString(), StringComparison.Ordinal);
        Assert.Equal("NotResolved", names[1].GetProperty("addresses")[0].GetProperty("outcome").GetString());
        Assert.Contains("DNS record", names[2].GetProperty("problem").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Some_names_that_are_well_are_not_all()
    {
        _resolve = host => host == "shop.test" ? [IPAddress.Loopback] : [];

        var said = await AcmeAsync("test", "http");

        Assert.Equal(3, said.Exit);
        Assert.Contains("  it has no address", said.Output);
    }

    [Fact]
    public async Task Where_no_name_is_wished_it_says_how_one_is_looked_for()
    {
        Settings.Remove("Acme:Domains:0");

        var said = await AcmeAsync("test", "http");

        Assert.Equal(1, said.Exit);
        Assert.Contains("'acme test http <name>'", said.Errors, StringComparison.Ordinal);
        Assert.Equal(0, (await AcmeAsync("test", "http", "new.test")).Exit);
    }

    /// <summary>The way in from port 80 leads to the application's port; at any other address nobody listens.</summary>
    private SocketsHttpHandler Visitor(IPAddress address) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        ConnectCallback = async (_, token) =>
        {
            if (!address.Equals(IPAddress.Loopback)) throw new SocketException((int)SocketError.ConnectionRefused);

            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, _port, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };
}
