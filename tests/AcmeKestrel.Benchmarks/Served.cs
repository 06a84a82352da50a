using System.Diagnostics;
using System.Globalization;
using AcmeKestrel.InteropTests.Edge;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks;

/// <summary>How long an app's test waits for its certificate: from the start of the app, embedded CA included, until its name is served. Each time with new keys, a new account and an empty state on disk.</summary>
internal static class Served
{
    public static async Task<int> MeasureAsync(int times)
    {
        var spans = new List<TimeSpan>();
        for (var index = 0; index < times; index++) spans.Add(await OnceAsync());

        var warm = spans.Skip(1).Order().ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"first in the process {spans[0].TotalMilliseconds:F0} ms; then median {warm[warm.Count / 2].TotalMilliseconds:F0} ms ({warm[0].TotalMilliseconds:F0} to {warm[^1].TotalMilliseconds:F0}, {warm.Count} times)"));
        return 0;
    }

    private static async Task<TimeSpan> OnceAsync()
    {
        using var folder = new TemporaryFolder();
        var watch = Stopwatch.StartNew();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Kestrel:Endpoints:Https:Url"] = "https://127.0.0.1:0",
            ["LocalCa:Url"] = "https://127.0.0.1:0/directory",
            ["Acme:Provider"] = "local",
            ["Acme:AcceptTermsOfService"] = "true",
            ["Acme:StateDirectory"] = folder.Path,
            ["Acme:Domains:0"] = "shop.test",
        });
        builder.Services.AddAcme().AddLocalCa();
        await using var app = builder.Build();
        app.MapGet("/", () => "Hello");
        await app.StartAsync();
        var statuses = await app.Services.GetRequiredService<IAcmeCertificates>().WaitUntilSettledAsync();
        var elapsed = watch.Elapsed;
        await app.StopAsync();

        return statuses is [{ State: AcmeCertificateState.Served }] ? elapsed : throw new InvalidOperationException($"Not served: {statuses[0].Reason}");
    }
}
