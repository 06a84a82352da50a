using System.Net;
using System.Text.RegularExpressions;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary><c>/metrics</c> and <c>/health</c> of the real SampleWeb, at an address of their own.</summary>
public sealed partial class ManagementTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_scraped_in_Development_tells_of_the_certificates_and_it_is_healthy()
    {
        await using var edge = new SampleEdge();
        var management = DevelopmentTests.Develop(edge);
        edge.Start();
        await edge.ServedAsync("app.localhost", Stop);
        await edge.ServedAsync("api.localhost", Stop);
        await edge.ServedAsync("api.localhost", Stop);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });

        var metrics = await Patience.UntilAsync(
            async token => await client.GetStringAsync(new Uri($"{management}/metrics"), token) is var text && Value(text, "acme_order_attempts_total", "issued") == 2 && Value(text, "acme_queue_depth", "scheduled") == 2 ? text : null,
            () => edge.Process.Output,
            Stop);

        Assert.InRange(Value(metrics, "acme_certificate_not_after_seconds", "app.localhost"), DateTimeOffset.UtcNow.AddDays(80).ToUnixTimeSeconds(), DateTimeOffset.UtcNow.AddDays(91).ToUnixTimeSeconds());
        Assert.InRange(Value(metrics, "acme_certificate_renewal_time_seconds", "local"), DateTimeOffset.UtcNow.ToUnixTimeSeconds(), DateTimeOffset.UtcNow.AddDays(90).ToUnixTimeSeconds());
        Assert.Equal(2, Value(metrics, "acme_certificates", "good"));
        Assert.True(Value(metrics, "acme_tls_handshakes_total", "hit") + Value(metrics, "acme_tls_handshakes_total", "cold") >= 1);
        Assert.True(Value(metrics, "acme_client_request_duration_seconds_count", "new-order") >= 2);
        Assert.Equal(1, Value(metrics, "acme_lease_held", ""));

        using var health = await client.GetAsync(new Uri($"{management}/health"), Stop);
        Assert.Equal((HttpStatusCode.OK, "Healthy\nacme: Healthy: 2 certificates\n"), (health.StatusCode, await health.Content.ReadAsStringAsync(Stop)));
    }

    [Fact]
    public async Task No_route_of_the_edge_leads_there_and_none_of_its_routes_leads_from_there()
    {
        await using var edge = new SampleEdge();
        var management = DevelopmentTests.Develop(edge);
        edge.Start();
        await edge.ServedAsync("app.localhost", Stop);
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Issuer.Contains("AcmeKestrel", StringComparison.Ordinal) is true },
        });

        using var here = await SendAsync(client, $"https://127.0.0.1:{edge.HttpsPort}/health", "app.localhost");
        using var there = await SendAsync(client, $"{management}/", "app.localhost");
        using var health = await SendAsync(client, $"{management}/health", "app.localhost");

        Assert.StartsWith("Hello from https://app.localhost", await here.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.OK), (there.StatusCode, health.StatusCode));
    }

    [Fact]
    public async Task In_Production_no_port_is_open_but_the_configured_ones()
    {
        await using var edge = new SampleEdge();
        edge.Settings["Acme__Enabled"] = "false";
        edge.Start();
        await edge.FirstHandshakeAsync("shop.test", Stop);

        Assert.Equal(new[] { edge.HttpPort, edge.HttpsPort }.Order(), ListeningPorts(edge.Process.Id).Order());
    }

    [Fact]
    public async Task A_name_that_cannot_have_its_certificate_is_degraded_which_is_200()
    {
        await using var edge = new SampleEdge();
        var management = $"http://127.0.0.1:{FreePort.Next()}";
        edge.Settings["Management__Url"] = management;
        edge.Settings["Acme__Enabled"] = "false";
        edge.Settings["Acme__Provider"] = "https://ca.test/directory";
        edge.Settings["Acme__Domains__0"] = "shop.test";
        edge.Start();

        Assert.Equal(HttpStatusCode.OK, await HealthAsync(edge, management, "Degraded"));
    }

    [Fact]
    public async Task A_certificate_that_nobody_renews_is_unhealthy_which_is_503_until_somebody_does()
    {
        await using var edge = new SampleEdge();
        var management = DevelopmentTests.Develop(edge);
        edge.Settings["LocalCa__CertificateLifetime"] = "00:00:10";
        edge.Start();
        await edge.ServedAsync("app.localhost", Stop);
        await edge.ServedAsync("api.localhost", Stop);
        await edge.Process.StopAsync(Stop);

        edge.Settings["Acme__Enabled"] = "false";
        edge.Start();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await HealthAsync(edge, management, "Unhealthy"));
        await edge.Process.StopAsync(Stop);

        edge.Settings["Acme__Enabled"] = "true";
        edge.Settings["LocalCa__CertificateLifetime"] = "1.00:00:00";
        edge.Start();
        Assert.Equal(HttpStatusCode.OK, await HealthAsync(edge, management, "Healthy"));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string url, string host)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url));
        request.Headers.Host = host;
        return client.SendAsync(request, Stop);
    }

    /// <summary>The code that comes with this word.</summary>
    private static async Task<HttpStatusCode> HealthAsync(SampleEdge edge, string management, string word)
    {
        using var client = new HttpClient();
        var seen = "";
        var answer = await Patience.UntilAsync(
            async token =>
            {
                try
                {
                    var health = await client.GetAsync(new Uri($"{management}/health"), token);
                    seen = await health.Content.ReadAsStringAsync(token);
                    return seen.StartsWith(word, StringComparison.Ordinal) ? health : null;
                }
                catch (HttpRequestException)
                {
                    return null;
                }
            },
            () => $"{seen}\n{edge.Process.Output}",
            Stop);
        return answer.StatusCode;
    }

    /// <summary>The sum of all samples of the metric that say this word; zero where there is none.</summary>
    private static double Value(string metrics, string name, string word) =>
        metrics.Split('\n')
            .Where(line => line.StartsWith($"{name}{{", StringComparison.Ordinal) && (word.Length == 0 || line.Contains($"=\"{word}\"", StringComparison.Ordinal)))
            .Sum(line => double.Parse(Sample().Match(line).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\} (\S+)")]
    private static partial Regex Sample();

    /// <summary>The kernel lists all sockets, and each process the ones that are its own.</summary>
    private static IEnumerable<int> ListeningPorts(int process)
    {
        var own = new DirectoryInfo($"/proc/{process}/fd").EnumerateFileSystemInfos().Select(descriptor => descriptor.LinkTarget).ToHashSet();
        return from table in new[] { "tcp", "tcp6" }
               from line in File.ReadLines($"/proc/{process}/net/{table}").Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields[3] == "0A" && own.Contains($"socket:[{fields[9]}]")
               select Convert.ToInt32(fields[1].Split(':')[1], 16);
    }
}
