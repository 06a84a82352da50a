using System.Net;
using System.Net.Sockets;
using System.Text;
using AcmeKestrel.Tests.Serving;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.Tests.CommandLine;

/// <summary>Whatever a client sends as server name: nothing of the state is touched by it, and the next visitor is served. A name that is not in memory is looked for on disk, so these come to where paths are made.</summary>
public sealed class HostileServerNameTests : CommandScene
{
    [Fact]
    public async Task A_hostile_server_name_is_no_harm()
    {
        Settings["Acme:Domains:0"] = "shop.test";
        var server = await ServeAsync();
        await Certificates(server).WaitUntilSettledAsync(Token).WaitAsync(Deadline, Token);
        var port = new Uri(server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        File.CreateSymbolicLink(Path.Combine(State, "certs", "link.test"), "/etc");
        var before = Files();

        foreach (var word in HostileWordTests.Words.Select(row => row.Data).Append("link.test").Append("shop.test@..").Append("").Append("."))
        {
            // As any bytes that a client may send, not as text that a client library would mend.
            await SayAsync(port, HelloBytes.Records(HelloBytes.Message(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(word)))));

            Assert.True((await TlsClient.VisitAsync(new IPEndPoint(IPAddress.Loopback, port), "shop.test")).Name == "shop.test", word);
            Assert.Equal(before, Files());
        }
    }

    /// <summary>Whatever it says, it says or hangs up.</summary>
    private static async Task SayAsync(int port, byte[] hello)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, Token);
        await socket.SendAsync(hello, Token);
        await socket.ReceiveAsync(new byte[1], Token).AsTask().WaitAsync(Deadline, Token);
    }

    private List<string> Files() => [.. Directory.GetFileSystemEntries(Path.GetDirectoryName(State)!, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(StringComparer.Ordinal)];
}
