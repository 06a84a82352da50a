using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.InteropTests.LocalCa;

/// <summary>The embedded CA for programs outside: they answer at <see cref="HttpPort"/> and <see cref="TlsPort"/>.</summary>
internal sealed class LocalCaApp : IAsyncDisposable
{
    private readonly IHost _host;

    private LocalCaApp()
    {
        Folder = Directory.CreateTempSubdirectory("localca-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Development", ApplicationName = "app" });
        builder.Configuration["LocalCa:Url"] = "https://127.0.0.1:0/directory";
        builder.Configuration["LocalCa:HttpPort"] = $"{HttpPort}";
        builder.Configuration["LocalCa:TlsPort"] = $"{TlsPort}";
        builder.Services.Configure<AcmeOptions>(options => options.StateDirectory = Folder);
        new Builder(builder.Services).AddLocalCa();
        _host = builder.Build();
    }

    public string Folder { get; }

    public int HttpPort { get; } = FreePort();

    public int TlsPort { get; } = FreePort();

    public string DirectoryUrl => Provider.Directory!;

    public string RootPath => Provider.TrustedRootsFile!;

    private AcmeProviderOptions Provider => _host.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.Providers!["local"];

    public static async Task<LocalCaApp> StartAsync()
    {
        var app = new LocalCaApp();
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

    /// <summary>openssl's own opinion of a served chain.</summary>
    public Task<(int Code, string Output)> VerifyAsync(string chain, string hostname) => RunAsync(
        RealThing.Require("openssl", "openssl"),
        ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", hostname, "-no-CApath", "-no-CAstore", "-CAfile", RootPath, "-untrusted", chain, chain]);

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed record Builder(IServiceCollection Services) : IAcmeBuilder;
}
