using AcmeKestrel.InteropTests.Edge;
using AcmeKestrel.InteropTests.Fleet;
using AcmeKestrel.LocalCa;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Benchmarks.Fleet;

/// <summary>The embedded CA for a fleet in processes of its own: its probes reach the machines in turns, as behind a load balancer. It says <c>Retry-After: 0</c>, so that a certificate does not wait for a CA longer than it must.</summary>
internal sealed class FleetCa : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly IHost _host;
    private readonly TcpProxy _http;
    private readonly TcpProxy _tls;

    private FleetCa(IReadOnlyList<FleetPorts> machines, TimeSpan lifetime)
    {
        _http = new TcpProxy(FreePort.Next(), [.. machines.Select(machine => machine.Http)]);
        _tls = new TcpProxy(FreePort.Next(), [.. machines.Select(machine => machine.Https)]);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = "Development", ApplicationName = "fleet" });
        builder.Configuration["LocalCa:Url"] = "https://127.0.0.1:0/directory";
        builder.Configuration["LocalCa:CertificateLifetime"] = lifetime.ToString();
        builder.Configuration["LocalCa:HttpPort"] = $"{_http.Port}";
        builder.Configuration["LocalCa:TlsPort"] = $"{_tls.Port}";
        builder.Services.Configure<AcmeOptions>(options => options.StateDirectory = _folder.Path);
        new Builder(builder.Services).AddLocalCa();
        _host = builder.Build();
    }

    public string DirectoryUrl => Provider.Directory!;

    public string RootFile => Provider.TrustedRootsFile!;

    private AcmeProviderOptions Provider => _host.Services.GetRequiredService<IOptions<AcmeOptions>>().Value.Providers!["local"];

    public static async Task<FleetCa> StartAsync(IReadOnlyList<FleetPorts> machines, TimeSpan lifetime)
    {
        var ca = new FleetCa(machines, lifetime);
        await ca._host.StartAsync();
        return ca;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await _http.DisposeAsync();
        await _tls.DisposeAsync();
        _folder.Dispose();
    }

    private sealed record Builder(IServiceCollection Services) : IAcmeBuilder;
}
