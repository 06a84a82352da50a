using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>The embedded CA for programs outside: they answer at <see cref="HttpPort"/> and <see cref="TlsPort"/>.</summary>
internal sealed class LocalCaApp : IAsyncDisposable
{
    private readonly ConcurrentQueue<byte[]> _revoked = [];
    private readonly ConcurrentQueue<string> _requests = [];
    private readonly IHost _host;
    private int _registrations;

    private LocalCaApp(TimeSpan? lifetime)
    {
        Folder = Directory.CreateTempSubdirectory("localca-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Development", ApplicationName = "app" });
        builder.Configuration["LocalCa:Url"] = "https://127.0.0.1:0/directory";
        if (lifetime is { } life) builder.Configuration["LocalCa:CertificateLifetime"] = life.ToString();
        builder.Configuration["LocalCa:HttpPort"] = $"{HttpPort}";
        builder.Configuration["LocalCa:TlsPort"] = $"{TlsPort}";
        builder.Services.Configure<AcmeOptions>(options => options.StateDirectory = Folder);
        new Builder(builder.Services).AddLocalCa();
        builder.Services.Configure<LocalCaServerOptions>(ca => ca.Interceptor = Observe);
        _host = builder.Build();
    }

    public string Folder { get; }

    public int HttpPort { get; } = FreePort.Next();

    public int TlsPort { get; } = FreePort.Next();

    public string DirectoryUrl => Provider.Directory!;

    public string RootPath => Provider.TrustedRootsFile!;

    /// <summary>What was asked of it, by resource, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>And what became of the orders among it.</summary>
    public SeenOrders Orders { get; } = new();

    /// <summary>Accounts that were made; asking for one that is there makes none.</summary>
    public int Registrations => _registrations;

    private AcmeProviderOptions Provider => _host.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.Providers!["local"];

    public static async Task<LocalCaApp> StartAsync(TimeSpan? lifetime = null)
    {
        var app = new LocalCaApp(lifetime);
        await app._host.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>Runs a program to its end.</summary>
    public async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
        start.Environment["HOME"] = Folder;
        foreach (var (name, value) in environment) start.Environment[name] = value;

        using var process = Process.Start(start)!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>The leaf of a chain that a client stored: openssl takes it for each of these names, and it has no others.</summary>
    public async Task<X509Certificate2> VerifiedAsync(string chain, params string[] names)
    {
        var openssl = RealThing.Require("openssl", "openssl");
        foreach (var name in names)
        {
            var (code, output) = await RunAsync(
                openssl, ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", name, "-no-CApath", "-no-CAstore", "-CAfile", RootPath, "-untrusted", chain, chain]);
            Assert.True(code == 0, output);
        }

        var leaf = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(chain, TestContext.Current.CancellationToken));
        Assert.Equal(names.Order(), leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames().Order());
        return leaf;
    }

    /// <summary>The CA said so to whoever asked it to.</summary>
    public bool HasRevoked(X509Certificate2 certificate) => _revoked.Any(revoked => revoked.AsSpan().SequenceEqual(certificate.RawDataMemory.Span));

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private ValueTask<LocalCaReply> Observe(LocalCaRequest request, Func<LocalCaRequest, LocalCaReply> next, CancellationToken cancellationToken)
    {
        _requests.Enqueue(request.Resource);
        var reply = next(request);
        Orders.Note(request, reply);
        if (request.Resource == "new-account" && reply.Status == 201) Interlocked.Increment(ref _registrations);
        if (request.Resource == "revoke-cert" && reply.Status == 200)
        {
            using var jws = JsonDocument.Parse(request.Body);
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(jws.RootElement.GetProperty("payload").GetString()));
            _revoked.Enqueue(Base64Url.DecodeFromChars(payload.RootElement.GetProperty("certificate").GetString()));
        }

        return ValueTask.FromResult(reply);
    }

    private sealed record Builder(IServiceCollection Services) : IAcmeBuilder;
}
