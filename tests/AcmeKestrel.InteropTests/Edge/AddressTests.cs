using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.InteropTests.LocalCa;
using AcmeKestrel.InteropTests.Pebble;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>Certificates for addresses (RFC 8738), from the probe to the client that sends no server name.</summary>
public sealed class AddressTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("127.0.0.1", "http-01")]
    [InlineData("127.0.0.1", "tls-alpn-01")]
    [InlineData("::1", "http-01")]
    [InlineData("::1", "tls-alpn-01")]
    public async Task Pebble_certifies_an_address_and_who_connects_to_it_without_a_name_gets_that(string address, string challenge)
    {
        await using var edge = new SampleEdge();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, edge.HttpPort, edge.HttpsPort, cancellationToken: Stop);
        At(edge.Using(ca, address), address).Settings["Acme__Challenges__0"] = challenge;

        edge.Start();
        var served = await ServedAsync(edge, address);

        using var root = await ca.RootAsync(Stop);
        Assert.Equal(5, served.PathLengthTo(root));
        Assert.Equal(1, ca.Orders());
        Assert.Equal(served.Certificate.Thumbprint, Assert.Single(StoredCertificates.Read(edge.StateDirectory)).Thumbprint);
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }

    [Theory]
    [InlineData("127.0.0.1", "http-01")]
    [InlineData("::1", "tls-alpn-01")]
    public async Task The_embedded_CA_certifies_an_address_and_who_connects_to_it_without_a_name_gets_that(string address, string challenge)
    {
        await using var ca = await LocalCaApp.StartAsync();
        await using var edge = new SampleEdge(ca.HttpPort, ca.TlsPort);
        At(edge.Using(ca, address), address).Settings["Acme__Challenges__0"] = challenge;

        edge.Start();
        var served = await ServedAsync(edge, address);

        using var root = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(ca.RootPath, Stop));
        Assert.Equal(3, served.PathLengthTo(root));
        Assert.Equal(0, await edge.Process.StopAsync(Stop));
    }

    /// <summary>Listens there, and nowhere else.</summary>
    private static SampleEdge At(SampleEdge edge, string address)
    {
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        edge.Settings["Kestrel__Endpoints__Http__Url"] = $"http://{host}:{edge.HttpPort}";
        edge.Settings["Kestrel__Endpoints__Https__Url"] = $"https://{host}:{edge.HttpsPort}";
        return edge;
    }

    /// <summary>By a client that was given the address: it sends no server name.</summary>
    private static Task<ServedChain> ServedAsync(SampleEdge edge, string address) => Patience.UntilAsync(
        async token =>
        {
            try
            {
                var server = new IPEndPoint(IPAddress.Parse(address), edge.HttpsPort);
                return await ServedChain.FetchAsync(server, address, token) is { IsSelfSigned: false } served && served.IsOnlyFor(server.Address) ? served : null;
            }
            catch (Exception notYet) when (notYet is SocketException or IOException or AuthenticationException)
            {
                return edge.Process.HasExited ? throw new InvalidOperationException(edge.Process.Output) : null;
            }
        },
        () => $"{address} is not served. Output:\n{edge.Process.Output}",
        Stop);
}
