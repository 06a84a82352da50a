using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Explicit wiring, for endpoints that the automatic wiring of <c>AddAcme()</c> cannot reach.</summary>
public static class AcmeListenOptionsExtensions
{
    /// <summary>
    /// Uses HTTPS with the certificates of <c>AddAcme()</c>, like <c>UseHttps</c>. Needed only behind connection middleware that changes the first bytes (a PROXY protocol
    /// header), on a Kestrel whose shape this version does not know (a warning says so at start).
    /// </summary>
    public static ListenOptions UseAcmeHttps(this ListenOptions listenOptions, Action<HttpsConnectionAdapterOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(listenOptions);

        var services = listenOptions.ApplicationServices;
        var keeper = services.GetRequiredService<GateKeeper>();
        keeper.Guard(listenOptions);
        return listenOptions.UseHttps(https =>
        {
            configure?.Invoke(https);
            if (!keeper.UsesInternals) services.GetRequiredService<KestrelWiring>().ArmPublicly(https);
        });
    }
}
