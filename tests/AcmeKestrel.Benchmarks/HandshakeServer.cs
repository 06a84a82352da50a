using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Configuration;
using AcmeKestrel.Serving;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Benchmarks;

/// <summary>A server in a process of its own, whose processor time is then all its own: with a static Kestrel certificate, or with the same certificate served by AcmeKestrel.</summary>
internal static class HandshakeServer
{
    public const string Static = "static";
    public const string Acme = "acme";

    /// <summary>AcmeKestrel, and a user's callback that has all but two dozen names resume nothing: what does not resume takes no place in the platform's cache.</summary>
    public const string FewResume = "few-resume";

    /// <summary>AcmeKestrel, with certificates that are read when somebody asks for them, as from a store, and whose bytes are nowhere else then.</summary>
    public const string Stored = "stored";

    /// <summary>The same where certificates cannot share contexts.</summary>
    public const string Apart = "apart";

    private const int Few = 24;

    public static IEnumerable<string> Names(int count, string domain) => Enumerable.Range(0, count).Select(number => $"n{number}.{domain}");

    public static Task<int> ServeAsync(string kind) => ServeAsync(kind, ["shop.test"], null);

    /// <param name="hot">How many are hot; empty = the default.</param>
    public static Task<int> ServeAsync(string kind, int count, string domain, string hot) => ServeAsync(kind, [.. Names(count, domain)], hot is "" ? null : hot);

    /// <summary>Prints its port, then for each line it reads its processor time in microseconds, the bytes it has allocated, and, where that is asked for, its memory in KiB and what of it are objects of .NET.</summary>
    private static async Task<int> ServeAsync(string kind, IReadOnlyList<string> names, string? hot)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        using var ca = new ThrowawayCa();
        var generations = names.AsParallel().Select(name => ca.Issue(name, "1", "")).ToList();
        builder.Configuration["Acme:Serving:HotNames"] = hot;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => Listen(endpoint, kind, generations[0], names.Take(Few).ToHashSet())));
        var isStored = kind is Stored or Apart;
        if (isStored) builder.Services.AddSingleton<ICertificateSource>(new Shelf(generations.ToDictionary(generation => generation.Label)));
        if (kind == Apart) builder.Services.AddSingleton(provider => new HotSet(provider.GetRequiredService<IAcmeSettings>(), shares: false));
        if (kind != Static) builder.Services.AddAcmeConfiguration().AddAcmeChallenges().AddAcmeServing();

        await using var app = builder.Build();
        foreach (var generation in generations)
        {
            if (isStored) app.Services.GetRequiredService<ICertificatePublisher>().Publish(CertificateFacts.Of(generation));
            else app.Services.GetService<ICertificatePublisher>()?.Publish(generation);
        }

        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.First()).Port);
        while (await Console.In.ReadLineAsync() is { } question)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{self.TotalProcessorTime.TotalMicroseconds:F0} {GC.GetTotalAllocatedBytes(precise: true)} {(question is "memory" or "least memory" ? Memory(question) : 0)} {GC.GetTotalMemory(forceFullCollection: false) / 1024}"));
        }

        return 0;
    }

    /// <summary>One byte for each connection: the client waits for it and has the session tickets by then.</summary>
    private static void Listen(ListenOptions endpoint, string kind, Generation generation, HashSet<string> few)
    {
        endpoint.UseHttps(https =>
        {
            if (kind == FewResume) https.OnAuthenticate = (connection, handshake) => handshake.AllowTlsResume = few.Contains(connection.Features.Get<TakenCertificate>()!.Certificate.Context.TargetCertificate.Subject[3..]);
            if (kind != Static) return;

            https.ServerCertificate = WithKey(generation);
            https.ServerCertificateChain = [X509CertificateLoader.LoadCertificate(generation.Chain.Intermediates[0].Span)];
        });
        endpoint.Run(async connection => await connection.Transport.Output.WriteAsync("k"u8.ToArray()));
    }

    private static X509Certificate2 WithKey(Generation generation)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(generation.PrivateKeyPkcs8.Span, out _);
        using var leaf = X509CertificateLoader.LoadCertificate(generation.Chain.Leaf.Span);
        return leaf.CopyWithPrivateKey(key);
    }

    /// <param name="question">For the least of it the collector gives back all that it does not need.</param>
    private static long Memory(string question)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, question is "least memory" ? GCCollectionMode.Aggressive : GCCollectionMode.Default);
        var pss = File.ReadLines("/proc/self/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return long.Parse(pss.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>All that is stored, in memory.</summary>
    private sealed class Shelf(Dictionary<string, Generation> generations) : ICertificateSource
    {
        public ValueTask<Generation?> ReadAsync(CertificateFacts wanted, CancellationToken cancellationToken) => new(generations[wanted.Label]);

        public bool IsTemporary(Exception failure) => false;

        public void Reject(CertificateFacts unusable) => throw new InvalidOperationException($"{unusable.Label} cannot be used.");
    }
}
