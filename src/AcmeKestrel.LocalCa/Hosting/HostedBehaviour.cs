using AcmeKestrel.LocalCa.Validation;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.LocalCa.Hosting;

/// <summary>How the CA in an app behaves, as far as the configuration says so. What the app configures after <c>AddLocalCa()</c> wins, but for the URL: that is where the CA listens.</summary>
internal sealed class HostedBehaviour(LocalCaHome home, AppPorts ports, TimeProvider time, ILogger<HostedBehaviour> logger)
    : IConfigureOptions<LocalCaServerOptions>, IPostConfigureOptions<LocalCaServerOptions>
{
    public void Configure(LocalCaServerOptions options)
    {
        options.TimeProvider = time;
        options.CertificateLifetime = home.Settings.CertificateLifetime;
        options.Profiles = home.Settings.Profiles;
        options.OrderReuse = home.Settings.OrderReuse;
        options.AuthorizationReuse = home.Settings.AuthorizationReuse;
        options.ExternalAccountRequired = home.Settings.ExternalAccountRequired;
        options.OfferDns01 = home.Settings.DnsServer is not null;
        options.OfferDnsAccount01 = home.Settings.OfferDnsAccount01;
        options.OfferDnsPersist01 = home.Settings.OfferDnsPersist01;
        foreach (var (id, key) in home.Settings.ExternalAccounts) options.ExternalAccounts[id] = key;

        // Over loopback a probe takes milliseconds.
        options.RetryAfter = TimeSpan.Zero;

        var validator = new LoopbackValidator(ports.Current, time, home.Settings.DnsServer);
        options.Validator = async (probe, cancellationToken) =>
        {
            var problem = await validator.ValidateAsync(probe, cancellationToken).ConfigureAwait(false);
            if (problem is null) logger.LocalCaProved(probe.Type, probe.Identifier);
            else logger.LocalCaDisproved(probe.Type, probe.Identifier, problem.Type, problem.Detail);
            return problem;
        };
    }

    public void PostConfigure(string? name, LocalCaServerOptions options) => options.DirectoryUrl = home.Url.OriginalString;
}
