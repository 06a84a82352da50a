using System.Diagnostics;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Pebble;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks;

/// <summary>200 new names with default settings against the newest Pebble, which validates without sleeping and asks to be polled each second.</summary>
internal static class NamesBenchmark
{
    private const int Names = 200;

    /// <summary>Pebble's own default.</summary>
    private const int NonceRejectPercent = 5;

    public static async Task<int> RunAsync()
    {
        var (http, https) = (FreePort.Next(), FreePort.Next());
        using var state = new TemporaryFolder();
        await using var ca = await PebbleServer.StartAsync(PebblePrograms.Newest(Checkout.Root), http, https, NonceRejectPercent);
        await using var app = Build(ca, http, https, state.In("state"));

        var watch = Stopwatch.StartNew();
        await app.StartAsync();
        var statuses = await app.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync();
        var seconds = watch.Elapsed.TotalSeconds;
        await app.StopAsync();

        var served = statuses.Count(status => status.State == AcmeCertificateState.Served);
        Console.WriteLine($"{served} of {Names} names served after {seconds:F1} s on {Environment.ProcessorCount} cores");
        Console.WriteLine($"{ca.Orders()} orders, {ca.Requests("/sign-me-up")} account requests");
        foreach (var (what, path) in Paths) Console.WriteLine($"{(double)ca.Requests(path) / Names,6:F2} requests per certificate: {what}");
        foreach (var status in statuses.Where(status => status.State != AcmeCertificateState.Served).Take(5)) Console.WriteLine($"{status.Label}: {status.Reason}");
        return served == Names ? 0 : 1;
    }

    private static (string What, string Path)[] Paths { get; } =
    [
        ("newOrder", "/order-plz"),
        ("authorization", "/authZ/"),
        ("challenge", "/chalZ/"),
        ("order", "/my-order/"),
        ("finalize", "/finalize-order/"),
        ("certificate", "/certZ/"),
        ("newNonce", "/nonce-plz"),
    ];

    private static WebApplication Build(PebbleServer ca, int http, int https, string state)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Http:Url"] = $"http://127.0.0.1:{http}",
            ["Kestrel:Endpoints:Https:Url"] = $"https://127.0.0.1:{https}",
            ["Acme:Provider"] = "pebble",
            ["Acme:Providers:pebble:Directory"] = ca.DirectoryUrl,
            ["Acme:Providers:pebble:TrustedRootsFile"] = ca.TrustedRootsFile,
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:StateDirectory"] = state,
        });
        builder.Configuration.AddInMemoryCollection(Enumerable.Range(0, Names).Select(index => KeyValuePair.Create($"Acme:Domains:{index}", (string?)$"n{index}.test")));
        builder.Services.AddAcme();
        return builder.Build();
    }
}
