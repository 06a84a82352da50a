using System.Globalization;
using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using AcmeKestrel.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks.OnDemand;

/// <summary>An edge in a process of its own that serves a hundred names and refuses unknown ones; with certificates on demand, or without. Its CA is nowhere.</summary>
internal static class OnDemandServer
{
    public const int Names = 100;

    public static string Name(int number) => $"n{number}.known.test";

    private const int Looks = 100_000;

    /// <summary>Prints its port, then for each line it reads how many names are wished on demand, how many orders there are, and what the look for a stranger's name takes of the processor in nanoseconds.</summary>
    /// <param name="ask">Who says which names are allowed; empty: nobody is asked.</param>
    public static async Task<int> ServeAsync(string ask)
    {
        var store = new MemoryStore();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Acme:Provider"] = "https://127.0.0.1:1/directory";
        builder.Configuration["Acme:AcceptTermsOfService"] = "true";
        builder.Configuration["Acme:UnknownHosts"] = "Reject";
        builder.Configuration["Acme:StateDirectory"] = Path.Combine(Path.GetTempPath(), "acme-nowhere");
        if (ask.Length > 0) builder.Configuration["Acme:OnDemand:Ask"] = ask;
        builder.Services.AddSingleton<IAcmeStore>(store);
        builder.Services.AddAcme();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            endpoint.UseHttps();
            endpoint.Run(async connection => await connection.Transport.Output.WriteAsync("k"u8.ToArray()));
        }));
        await using var app = builder.Build();
        using var ca = new ThrowawayCa();
        var publisher = app.Services.GetRequiredService<ICertificatePublisher>();
        for (var i = 0; i < Names; i++) publisher.Publish(ca.Issue(Name(i), "1", ""));
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.First()).Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            var (names, orders) = (await CountAsync(store, RecordKind.OnDemand), await CountAsync(store, RecordKind.Order));
            var look = await LookAsync(app.Services.GetRequiredService<CertificateFinder>());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{names} {orders} {look:F0}"));
        }

        return 0;
    }

    /// <summary>The median of some rounds, after those that the JIT and the last questions take.</summary>
    private static async Task<double> LookAsync(CertificateFinder finder)
    {
        var (random, remote, rounds) = (new Random(1), new IPEndPoint(IPAddress.Loopback, 4711), new List<double>());
        for (var round = 0; round < 9; round++)
        {
            var names = Enumerable.Range(0, Looks).Select(_ => new ClientHello($"{random.NextInt64():x16}.customer.test", IsAcmeTlsAlpn: false, KeyFamily.All)).ToArray();
            var start = Environment.CpuUsage.TotalTime;
            foreach (var hello in names) await finder.FindAsync(hello, null, remote, out _);
            rounds.Add((Environment.CpuUsage.TotalTime - start).TotalNanoseconds / Looks);
        }

        return Handshakes.Median(rounds.Skip(2));
    }

    private static async Task<int> CountAsync(IAcmeStore store, RecordKind kind)
    {
        var count = 0;
        await foreach (var _ in store.ListEntriesAsync(new StoreQuery(kind), CancellationToken.None)) count++;
        return count;
    }
}
