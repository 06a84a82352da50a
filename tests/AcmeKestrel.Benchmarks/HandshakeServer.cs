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
        var generation = Issue();
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

    /// <summary>P-256 all the way, one intermediate: what Let's Encrypt's ECDSA chains look like.</summary>
    private static Generation Issue()
    {
        var (notBefore, notAfter) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(60));
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Authority("CN=Root", rootKey).CreateSelfSigned(notBefore, notAfter);
        using var intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var intermediate = Authority("CN=Intermediate", intermediateKey).Create(root, notBefore, notAfter, [1]);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=shop.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("shop.test");
        request.CertificateExtensions.Add(names.Build());
        using var leaf = request.Create(intermediate.SubjectName, X509SignatureGenerator.CreateForECDsa(intermediateKey), notBefore, notAfter, [2]);
        return new Generation(
            "shop.test",
            "1",
            new CertificateChain(leaf.RawData, [intermediate.RawData], [AcmeIdentifier.Parse("shop.test")], KeyFamily.P256, notBefore, notAfter),
            key.ExportPkcs8PrivateKey(),
            new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, notBefore));
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request;
    }
}
