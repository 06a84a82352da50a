using System.Net;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Serving;

/// <summary>The name that a proxy says it was asked for, where the settings trust it. Who counts as a proxy is the application's one list, that of its forwarded headers; loopback always does, and an empty list means nobody else.</summary>
internal sealed class ForwardedHost(IAcmeSettings settings, IOptionsMonitor<ForwardedHeadersOptions> forwarding)
{
    /// <summary>Null where there is none to believe.</summary>
    public string? Of(HttpContext context)
    {
        if (!settings.Current.TrustForwardedHost) return null;

        var options = forwarding.CurrentValue;
        if (context.Connection.RemoteIpAddress is not { } remote || !IsKnown(AddressText.Unmapped(remote), options)) return null;

        // Proxies append: the last one is what the proxy that we know was told, the others are anybody's.
        var value = context.Request.Headers[options.ForwardedHostHeaderName].ToString();
        var host = new HostString(value[(value.LastIndexOf(',') + 1)..].Trim()).Host;
        return host.Length > 0 ? host : null;
    }

    private static bool IsKnown(IPAddress remote, ForwardedHeadersOptions options) =>
        IPAddress.IsLoopback(remote) || options.KnownProxies.Contains(remote) || options.KnownIPNetworks.Any(network => network.Contains(remote));
}
