using AcmeKestrel.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>Explicit wiring, for endpoints that the automatic wiring of <c>AddAcme()</c> cannot reach.</summary>
public static class AcmeListenOptionsExtensions
{
    /// <summary>
    /// Uses HTTPS with the certificates of <c>AddAcme()</c>, in the place of <c>UseHttps</c>. Needed behind connection middleware that takes bytes off the front, such as one for
    /// the PROXY protocol, and on a version of Kestrel that this library does not know (a warning at start says so); everywhere else <c>AddAcme()</c> is enough.
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
