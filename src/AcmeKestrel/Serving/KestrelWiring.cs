using AcmeKestrel.Diagnostics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Serving;

/// <summary>Hooks into every endpoint without a word from the user. It runs before all of the user's configuration, and once more after it.</summary>
internal sealed class KestrelWiring(
    GateKeeper keeper, FallbackCertificate fallback, DevelopmentCertificate development, ILogger<KestrelWiring> logger)
    : IConfigureOptions<KestrelServerOptions>, IPostConfigureOptions<KestrelServerOptions>
{
    /// <summary>First of all: the user's own lambdas may build endpoints at once.</summary>
    public void Configure(KestrelServerOptions options)
    {
        options.ConfigureEndpointDefaults(keeper.Guard);
        if (!keeper.UsesInternals)
        {
            logger.KestrelShapeUnknown();
            options.ConfigureHttpsDefaults(ArmPublicly);
            return;
        }

        // Kestrel does not start an https endpoint without a certificate; where it would look for its development certificate last, it finds ours.
        KestrelInternals.SetDevelopmentCertificate(options, development.Certificate ?? fallback.Certificate);
        KestrelInternals.SetIsDevelopmentCertificateLoaded(options, true);
    }

    /// <summary>Last of all: endpoint defaults are one delegate, and the user's may have replaced ours.</summary>
    public void PostConfigure(string? name, KestrelServerOptions options)
    {
        if (!keeper.UsesInternals) return;

        var defaults = KestrelInternals.EndpointDefaults(options);
        if (defaults.Target != keeper)
        {
            options.ConfigureEndpointDefaults(endpoint =>
            {
                keeper.Guard(endpoint);
                defaults(endpoint);
            });
        }

        // Endpoints that were made after that and before this have no gate yet; theirs comes first, before TLS.
        foreach (var endpoint in KestrelInternals.CodeBackedListenOptions(options))
        {
            var middleware = KestrelInternals.Middleware(endpoint);
            if (!middleware.Exists(step => step.Target is EndpointGate)) middleware.Insert(0, new EndpointGate(endpoint, keeper).Build);

            // Before Kestrel copies it. What addresses and configuration make is copied before anybody hears of it.
            if (KestrelInternals.IsOnLocalhost(endpoint)) Http3Handshake.TryTake(endpoint, keeper);
        }
    }

    /// <summary>The fallback for a Kestrel of another shape: public members only. Kestrel's default certificates do not get a say then.</summary>
    public void ArmPublicly(HttpsConnectionAdapterOptions https)
    {
        if (https.ServerCertificate is null && https.ServerCertificateSelector is null) https.ServerCertificate = fallback.Certificate;
        CertificateChoice.Arm(https, keeper);
    }
}
