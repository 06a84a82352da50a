using System.Net;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace AcmeKestrel.InteropTests.Serving;

/// <summary>Visitors and probes as OpenSSL makes them.</summary>
public sealed class OpenSslTests
{
    private const string AcmeExtension = "1.3.6.1.5.5.7.1.31: critical";
    private const string Request = "GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n";

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_visitor_gets_the_full_chain_and_it_verifies(string version)
    {
        await using var edge = await OpenSslEdge.StartAsync();

        var said = await edge.ClientAsync("shop.test", "", version, "-alpn", "h2,http/1.1", "-verify_hostname", "shop.test", "-verify_return_error");

        Assert.Contains("Verify return code: 0 (ok)", said, StringComparison.Ordinal);
        Assert.Contains("ALPN protocol: h2", said, StringComparison.Ordinal);
        Assert.Equal(2, said.Split("BEGIN CERTIFICATE").Length - 1);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_probe_gets_the_challenge_certificate_and_nothing_after_it(string version)
    {
        await using var edge = await OpenSslEdge.StartAsync();

        var said = await edge.ClientAsync("shop.test", Request, version, "-alpn", "acme-tls/1", "-ign_eof");
        var certificate = await edge.OpenSslAsync(said, "x509", "-noout", "-text");

        Assert.Contains("ALPN protocol: acme-tls/1", said, StringComparison.Ordinal);
        Assert.Contains(AcmeExtension, certificate, StringComparison.Ordinal);
        Assert.Contains("DNS:shop.test\n", certificate, StringComparison.Ordinal);
        Assert.DoesNotContain("the app", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_probe_beside_other_protocols_is_a_visitor()
    {
        await using var edge = await OpenSslEdge.StartAsync();

        var said = await edge.ClientAsync("shop.test", "", "-alpn", "acme-tls/1,h2");

        Assert.Contains("ALPN protocol: h2", said, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_200_visitors_and_200_probes_none_gets_the_others_certificate()
    {
        await using var edge = await OpenSslEdge.StartAsync();
        using var processes = new SemaphoreSlim(16);

        var said = await Task.WhenAll(Enumerable.Range(0, 400).Select(async i =>
        {
            await processes.WaitAsync(TestContext.Current.CancellationToken);
            try
            {
                return await edge.ClientAsync("shop.test", "", "-alpn", i % 2 == 0 ? "h2,http/1.1" : "acme-tls/1");
            }
            finally
            {
                processes.Release();
            }
        }));

        for (var i = 0; i < said.Length; i++)
        {
            Assert.Contains(i % 2 == 0 ? "Verify return code: 0 (ok)" : "ALPN protocol: acme-tls/1", said[i], StringComparison.Ordinal);
            Assert.Contains(i % 2 == 0 ? "CN = Test Intermediate" : "CN = ACME challenge", said[i], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Sessions_resume_and_survive_what_happens_to_other_names(string version)
    {
        await using var edge = await OpenSslEdge.StartAsync();
        var session = edge.FileNamed("session");
        var current = edge.Issue("shop.test");
        edge.Table.Publish(current);

        Assert.Contains("New, TLSv1.", await edge.ClientAsync("shop.test", Request, version, "-ign_eof", "-sess_out", session), StringComparison.Ordinal);
        edge.Table.Publish(current);
        edge.Table.Publish(edge.Issue("other.test"));
        await edge.ClientAsync("shop.test", "", version, "-alpn", "acme-tls/1");
        Assert.Contains("Reused, TLSv1.", await edge.ClientAsync("shop.test", Request, version, "-ign_eof", "-sess_in", session), StringComparison.Ordinal);

        edge.Table.Publish(edge.Issue("shop.test"));
        var afterSwap = await edge.ClientAsync("shop.test", Request, version, "-ign_eof", "-sess_in", session);

        Assert.Contains("New, TLSv1.", afterSwap, StringComparison.Ordinal);
        Assert.Contains("the app", afterSwap, StringComparison.Ordinal);
    }

    /// <summary>All of them share a context with its ticket keys and its store of sessions.</summary>
    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_2", "-no_ticket")]
    [InlineData("-tls1_3")]
    public async Task A_session_of_one_name_does_not_go_on_under_another(params string[] version)
    {
        await using var edge = await OpenSslEdge.StartAsync();
        edge.Table.Publish(edge.Issue("other.test"));
        var session = edge.FileNamed("session");
        await edge.ClientAsync("shop.test", Request, [.. version, "-ign_eof", "-sess_out", session]);

        var other = await edge.ClientAsync("other.test", Request, [.. version, "-ign_eof", "-sess_in", session]);
        var same = await edge.ClientAsync("shop.test", Request, [.. version, "-ign_eof", "-sess_in", session]);

        Assert.Contains("New, TLSv1.", other, StringComparison.Ordinal);
        Assert.Contains("DNS:other.test", await edge.OpenSslAsync(other, "x509", "-noout", "-text"), StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.", same, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_name_is_refused_by_its_alert()
    {
        await using var edge = await OpenSslEdge.StartAsync("Reject");

        Assert.Contains("unrecognized name", await edge.ClientAsync("other.test", ""), StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", await edge.ClientAsync("shop.test", ""), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NIST CURVE: P-384", "-tls1_3")]
    [InlineData("NIST CURVE: P-384", "-tls1_2")]
    [InlineData("rsaEncryption", "-tls1_2", "-curves", "P-256")]
    [InlineData("rsaEncryption", "-tls1_3", "-sigalgs", "ECDSA+SHA256:RSA-PSS+SHA256")]
    [InlineData("NIST CURVE: P-384", "-tls1_3", "-curves", "X25519")]
    public async Task A_client_that_cannot_verify_the_leafs_curve_gets_the_other_certificate(string key, params string[] client)
    {
        await using var edge = await OpenSslEdge.StartAsync();
        edge.Table.Publish(edge.IssueP384("api.test", "api.test"));
        edge.Table.Publish(edge.IssueRsa("api.test+rsa", "api.test"));

        var said = await edge.ClientAsync("api.test", "", client);

        Assert.Contains(key, await edge.OpenSslAsync(said, "x509", "-noout", "-text"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_of_an_open_endpoint_does_not_open_one_that_demands_a_client_certificate(string version)
    {
        await using var edge = await OpenSslEdge.StartAsync(configure: host => host.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps());
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps(https =>
            {
                https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                https.ClientCertificateValidation = (_, _, _) => true;
            }));
        }));
        var session = edge.FileNamed("session");
        await edge.ClientAsync("shop.test", Request, version, "-ign_eof", "-sess_out", session);
        var open = await edge.ClientAsync("shop.test", Request, version, "-ign_eof", "-sess_in", session, "-sess_out", session);
        Assert.Contains("Reused, TLSv1.", open, StringComparison.Ordinal);
        Assert.Contains("the app", open, StringComparison.Ordinal);

        var demanding = await edge.ClientAsync(edge.OtherPort, "shop.test", Request, version, "-ign_eof", "-sess_in", session);

        Assert.DoesNotContain("the app", demanding, StringComparison.Ordinal);
    }

    /// <summary>As Go's servers do it; what the first connection of a context shows is the platform's.</summary>
    [Fact]
    public async Task A_full_handshake_gives_the_client_one_ticket_and_that_one_resumes()
    {
        await using var edge = await OpenSslEdge.StartAsync();
        await Patience.UntilAsync(async _ => Tickets(await edge.ClientAsync("shop.test", Request, "-tls1_3", "-msg", "-ign_eof")) == 1 ? "" : null, () => "Two tickets at each handshake.", TestContext.Current.CancellationToken);

        var full = await edge.ClientAsync("shop.test", Request, "-tls1_3", "-msg", "-ign_eof", "-sess_out", edge.FileNamed("session"));
        var resumed = await edge.ClientAsync("shop.test", Request, "-tls1_3", "-msg", "-ign_eof", "-sess_in", edge.FileNamed("session"));

        Assert.Equal((1, 1), (Tickets(full), Tickets(resumed)));
        Assert.Contains("Reused, TLSv1.3", resumed, StringComparison.Ordinal);
    }

    private static int Tickets(string output) => output.Split("NewSessionTicket").Length - 1;
}
