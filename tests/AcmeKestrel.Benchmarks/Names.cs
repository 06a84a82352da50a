using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks;

/// <summary>How long many new names take with default settings, from the start of the application until the last one is served, and what they cost the CA: the newest Pebble, without validation sleep, with <c>Retry-After: 1</c>.</summary>
internal static class Names
{
    /// <summary>As Pebble does it by itself.</summary>
    private const int NonceReject = 5;

    private static readonly string[] Endpoints = ["/nonce-plz", "/sign-me-up", "/order-plz", "/authZ/", "/chalZ/", "/my-order/", "/finalize-order/", "/certZ/"];

    public static async Task<int> MeasureAsync(int count)
    {
        var (httpPort, httpsPort) = (FreePort.Next(), FreePort.Next());
        using var folder = new TemporaryFolder();
        await using var ca = await PebbleServer.StartAsync(PebbleVersion.Newest, httpPort, httpsPort, NonceReject);
        var before = Endpoints.Sum(ca.Requests);

        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(Settings(count, ca, folder.Path, httpPort, httpsPort));
        builder.Services.AddAcme();
        await using var app = builder.Build();
        var watch = Stopwatch.StartNew();
        await app.StartAsync();
        var statuses = await app.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync();
        var elapsed = watch.Elapsed;
        await app.StopAsync();

        var served = statuses.Count(status => status.State == AcmeCertificateState.Served);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{served} of {count} names served in {elapsed.TotalSeconds:F1} s, {ca.Orders()} orders"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(Endpoints.Sum(ca.Requests) - before) / (double)count:F2} requests a certificate, resends after rejected nonces included"));
        foreach (var endpoint in Endpoints) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {endpoint,-18}{ca.Requests(endpoint) / (double)count,6:F2}"));
        foreach (var status in statuses.Where(status => status.State != AcmeCertificateState.Served).Take(5)) Console.WriteLine($"{status.Label}: {status.State}: {status.Reason}");
        return served == count ? 0 : 1;
    }

    private static Dictionary<string, string?> Settings(int count, PebbleServer ca, string folder, int httpPort, int httpsPort)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = $"http://127.0.0.1:{httpPort}",
            ["Kestrel:Endpoints:Https:Url"] = $"https://127.0.0.1:{httpsPort}",
            ["Acme:Provider"] = "pebble",
            ["Acme:Providers:pebble:Directory"] = ca.DirectoryUrl,
            ["Acme:Providers:pebble:TrustedRootsFile"] = ca.TrustedRootsFile,
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:StateDirectory"] = Path.Combine(folder, "state"),
        };
        for (var index = 0; index < count; index++) settings[$"Acme:Domains:{index}"] = $"shop-{index}.test";
        return settings;
    }
}
