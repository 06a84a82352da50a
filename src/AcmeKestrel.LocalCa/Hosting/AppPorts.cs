using AcmeKestrel.LocalCa.Validation;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>Which of the app's ports stand for 80 and 443. Asked at each probe: the app listens only after the CA does.</summary>
internal sealed class AppPorts(LocalCaHome home, IServiceProvider services)
{
    public ProbePorts Current()
    {
        var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses.Select(BindingAddress.Parse).ToList() ?? [];
        return new ProbePorts(
            home.Settings.HttpPort ?? addresses.FirstOrDefault(a => a.Scheme == "http")?.Port ?? 80,
            home.Settings.TlsPort ?? addresses.FirstOrDefault(a => a.Scheme == "https")?.Port ?? 443);
    }
}
