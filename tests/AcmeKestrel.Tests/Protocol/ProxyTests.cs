using System.Net;
using System.Net.Sockets;
using AcmeKestrel.Protocol;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>A proxy's password is a secret like any other.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_that_refuses_the_tunnel_does_not_get_its_password_into_the_message()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString();
        var refusing = RefuseAsync(listener);
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, Proxy = new Uri($"http://edge:hunter2@{address}") });

        var fault = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct));
        listener.Stop();
        await refusing;

        Assert.Contains($"http://{address}/", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_proxy_of_the_environment_is_named_without_its_password_and_keeps_it()
    {
        var platform = new WebProxy(new Uri("http://edge:hunter2@proxy.test:3128"), BypassOnLocal: true) { Credentials = new NetworkCredential("edge", "hunter2") };
        var proxy = new BareProxy(platform);

        Assert.Equal("http://proxy.test:3128/", proxy.GetProxy(new Uri("https://ca.example.test/"))!.ToString());
        Assert.Equal("hunter2", proxy.Credentials!.GetCredential(new Uri("http://proxy.test:3128"), "Basic")!.Password);
        Assert.True(proxy.IsBypassed(new Uri("https://localhost/")));
        Assert.False(proxy.IsBypassed(new Uri("https://ca.example.test/")));
    }

    /// <summary>Answers every CONNECT until the listener stops.</summary>
    private static async Task RefuseAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                using var connection = await listener.AcceptSocketAsync(Ct);
                await connection.ReceiveAsync(new byte[4096], Ct);
                await connection.SendAsync("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Ct);
            }
            catch (SocketException)
            {
                return;
            }
        }
    }
}
