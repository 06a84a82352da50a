using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Storage;
using AcmeKestrel.Tests.Lifecycle;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>A command whose endpoints another program has, as a web server does until it is replaced by this one: what needs none is done all the same, and ends.</summary>
public sealed class TakenEndpointTests : ImportScene
{
    private readonly TcpListener _other = new(IPAddress.Loopback, 0);

    public override async ValueTask DisposeAsync()
    {
        _other.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_certificate_is_taken_over()
    {
        var (chain, key, account) = await OrderElsewhereAsync("shop.test");
        AsLego("shop.test", chain, key, account);
        TakeEndpoint();

        var said = await AcmeAsync("import", "lego", "--from", Foreign);

        Assert.True(said.Exit == 0, said.Text + said.Errors);
        Assert.Contains("taken over; renewed, since ", said.Text, StringComparison.Ordinal);
        Assert.Equal(chain, await File.ReadAllTextAsync(Path.Combine(State, "certs", "shop.test", "fullchain"), Token));
    }

    /// <summary>Nobody has a socket in an engine: whoever has the state is asked through it.</summary>
    [Theory]
    [InlineData("renew", "--force", "--yes")]
    [InlineData("renew", "--dry-run")]
    [InlineData("test", "staging")]
    [InlineData("test", "http")]
    public async Task Whoever_has_the_state_of_an_engine_is_asked_for_all_that_is_wished(params string[] words)
    {
        (Settings["Acme:Domains:0"], Settings["Acme:Domains:1"]) = ("shop.test", "blog.test");
        Settings["Acme:Providers:test:Staging"] = "trial";
        Settings["Acme:Providers:trial:Directory"] = "https://staging.test/directory";
        var engine = new EngineStore(new MemoryStore());
        Also = services => services.AddSingleton<IAcmeStore>(engine);
        await Certificates(await ServeAsync()).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        TakeEndpoint();

        var said = await AcmeAsync(words);

        Assert.Contains("Another process has the state, and does it.", said.Errors, StringComparison.Ordinal);
        Assert.Contains("shop.test", said.Text, StringComparison.Ordinal);
        Assert.Contains("blog.test", said.Text, StringComparison.Ordinal);
    }

    private void TakeEndpoint()
    {
        _other.Start();
        Settings["Kestrel:Endpoints:Https:Url"] = $"https://127.0.0.1:{((IPEndPoint)_other.LocalEndpoint).Port}";
    }
}
