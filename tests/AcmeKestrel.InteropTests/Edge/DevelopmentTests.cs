using System.Net;

namespace AcmeKestrel.InteropTests.Edge;

/// <summary>What a newcomer sees: the Development settings of the repository, on free ports.</summary>
public sealed class DevelopmentTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_printed_curl_line_gets_200_through_YARP_with_a_verified_chain()
    {
        RealThing.Require("curl", "curl");
        await using var edge = Development();
        edge.StartProgram(SampleEdge.BuiltProgram);

        var line = await edge.Process.LineAsync(line => line.StartsWith("curl ", StringComparison.Ordinal), Stop);
        Assert.DoesNotContain(" -k", line, StringComparison.Ordinal);
        Assert.DoesNotContain("--insecure", line, StringComparison.Ordinal);
        await using var curl = ChildProcess.Start("sh", ["-c", $"{line} --silent --show-error --write-out 'status %{{http_code}}\\n'"], [], edge.ContentRoot);
        Assert.Equal(0, await curl.ExitAsync(Stop));

        Assert.Contains("status 200", curl.Output, StringComparison.Ordinal);
        Assert.Contains($"Hello from https://api.localhost:{edge.HttpsPort}/", curl.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_is_redirected_to_the_https_port()
    {
        await using var edge = Development();
        edge.StartProgram(SampleEdge.BuiltProgram);
        await edge.ServedAsync("app.localhost", Stop);
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://127.0.0.1:{edge.HttpPort}/path"));
        request.Headers.Host = $"app.localhost:{edge.HttpPort}";

        using var answer = await client.SendAsync(request, Stop);

        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        Assert.Equal($"https://app.localhost:{edge.HttpsPort}/path", answer.Headers.Location?.OriginalString);
    }

    private static SampleEdge Development()
    {
        var edge = new SampleEdge();
        Develop(edge);
        return edge;
    }

    /// <summary>Gives it the settings of the repository, but for the ports; returns where its metrics are.</summary>
    internal static string Develop(SampleEdge edge)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src", "SampleWeb"), "appsettings*.json")) File.Copy(file, Path.Combine(edge.ContentRoot, Path.GetFileName(file)));
        var (backend, management) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        edge.Settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        edge.Settings["LocalCa__Url"] = $"https://127.0.0.1:{FreePort.Next()}/directory";
        edge.Settings["Management__Url"] = management;
        edge.Settings["SampleBackend__Url"] = backend;
        edge.Settings["ReverseProxy__Clusters__sample__Destinations__backend__Address"] = backend;
        return management;
    }
}
