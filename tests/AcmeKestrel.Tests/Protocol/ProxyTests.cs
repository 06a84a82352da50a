using System.Net;
using System.Net.Sockets;
using System.Text;
using AcmeKestrel.Protocol;
using AcmeKestrel.Protocol.Transport;

namespace AcmeKestrel.Tests.Protocol;

/// <summary>A proxy's password is a secret like any other.</summary>
public sealed class ProxyTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_proxy_is_given_its_password_and_no_message_is()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString();
        var asked = new List<string>();
        var refusing = RefuseAsync(listener, asked);
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUrl = ScriptedCa.DirectoryUrl, Proxy = new Uri($"http://edge:hunter2@{address}") });

        var fault = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(Ct));
        listener.Stop();
        await refusing;

        Assert.Contains(asked, request => request.Contains($"Proxy-Authorization: Basic {Convert.ToBase64String("edge:hunter2"u8)}", StringComparison.Ordinal));
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

    /// <summary>Wants a password for every CONNECT and takes none, until the listener stops.</summary>
    private static async Task RefuseAsync(TcpListener listener, List<string> asked)
    {
        while (true)
        {
            try
            {
                using var connection = await listener.AcceptSocketAsync(Ct);
                var request = new byte[4096];
                asked.Add(Encoding.ASCII.GetString(request, 0, await connection.ReceiveAsync(request, Ct)));
                await connection.SendAsync("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), Ct);
            }
            catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
            {
                return;
            }
        }
    }
}
