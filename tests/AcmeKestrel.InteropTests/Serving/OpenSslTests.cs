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

    [Fact]
    public async Task An_unknown_name_is_refused_by_its_alert()
    {
        await using var edge = await OpenSslEdge.StartAsync("Reject");

        Assert.Contains("unrecognized name", await edge.ClientAsync("other.test", ""), StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", await edge.ClientAsync("shop.test", ""), StringComparison.Ordinal);
    }
}
