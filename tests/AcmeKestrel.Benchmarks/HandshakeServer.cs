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

    /// <summary>Prints its port, then for each line it reads its processor time in microseconds and the bytes it has allocated.</summary>
    public static async Task<int> ServeAsync(string kind)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        using var ca = new ThrowawayCa();
        var generation = ca.Issue("shop.test", "1", "");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint => Listen(endpoint, kind, generation)));
        if (kind == Acme) builder.Services.AddAcmeConfiguration().AddAcmeChallenges().AddAcmeServing();

        await using var app = builder.Build();
        app.Services.GetService<ICertificatePublisher>()?.Publish(generation);
        await app.StartAsync();
        Console.WriteLine(new Uri(app.Urls.First()).Port);
        while (await Console.In.ReadLineAsync() is not null)
        {
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{self.TotalProcessorTime.TotalMicroseconds:F0} {GC.GetTotalAllocatedBytes(precise: true)}"));
        }

        return 0;
    }

    /// <summary>One byte for each connection: the client waits for it and has the session tickets by then.</summary>
    private static void Listen(ListenOptions endpoint, string kind, Generation generation)
    {
        endpoint.UseHttps(https =>
        {
            if (kind == Acme) return;

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
}
