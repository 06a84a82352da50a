using AcmeKestrel.Serving.Finding;
using AcmeKestrel.Serving.Hellos;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;

namespace AcmeKestrel.Serving;

/// <summary>An endpoint whose settings differ by name (<c>Kestrel:Endpoints:*:Sni</c>): ours are served to the names whose section has no certificate of its own, with all else of the section in force.</summary>
internal sealed class SniSections
{
    private readonly Dictionary<string, bool> _exact = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Suffix, bool GivesCertificate)> _wildcards = [];
    private readonly bool _rest;

    private SniSections(IConfiguration sections)
    {
        foreach (var section in sections.GetChildren())
        {
            // As Kestrel tells a certificate from none: one in a file, or one in a store.
            var givesCertificate = section["Certificate:Path"] is { Length: > 0 } || section["Certificate:Subject"] is { Length: > 0 };
            if (section.Key == "*") _rest = givesCertificate;
            else if (section.Key.StartsWith("*.", StringComparison.Ordinal)) _wildcards.Add((section.Key[1..], givesCertificate));
            else _exact[section.Key] = givesCertificate;
        }

        _wildcards.Sort((one, other) => other.Suffix.Length - one.Suffix.Length);
    }

    /// <summary>Hooks into what Kestrel made of the sections; null, with a warning, for a callback that it did not make.</summary>
    public static SniSections? TryArm(ListenOptions endpoint, TlsHandshakeCallbackOptions callback, GateKeeper keeper)
    {
        if (callback.OnConnectionState is not { } selector || !KestrelInternals.IsSniSelector(selector))
        {
            keeper.Decides(endpoint, "it has a TlsHandshakeCallbackOptions");
            return null;
        }

        try
        {
            if (endpoint.KestrelServerOptions.ConfigurationLoader is not { } loader) throw new InvalidOperationException("There is no configuration loader.");

            var sections = new SniSections(loader.Configuration.GetSection($"Endpoints:{KestrelInternals.EndpointName(selector)}:Sni"));
            ref var onAuthenticate = ref KestrelInternals.OnAuthenticate(selector);
            onAuthenticate = CertificateChoice.Wrap(onAuthenticate, keeper);
            if (endpoint.Protocols.HasFlag(HttpProtocols.Http3)) KestrelInternals.SetHttpsCallbackOptions(endpoint, sections.OverQuic(callback, keeper));
            keeper.Hooked();
            return sections;
        }
#pragma warning disable CA1031 // Another version of Kestrel: its sections decide, as they would without us.
        catch (Exception unknown)
#pragma warning restore CA1031
        {
            keeper.Decides(endpoint, $"the Sni sections of this version of Kestrel are not known ({unknown.Message})");
            return null;
        }
    }

    /// <summary>Whether the section for this name has a certificate of the user's: the exact name's, else the longest wildcard's, else the one for all others.</summary>
    public bool GiveCertificate(string? serverName)
    {
        if (serverName is null) return _rest;
        if (_exact.TryGetValue(serverName, out var exact)) return exact;

        foreach (var (suffix, givesCertificate) in _wildcards)
        {
            if (serverName.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)) return givesCertificate;
        }

        return _rest;
    }

    /// <summary>QUIC passes no gate: the certificate is looked up right before Kestrel's own callback.</summary>
    private TlsHandshakeCallbackOptions OverQuic(TlsHandshakeCallbackOptions callback, GateKeeper keeper) => new()
    {
        HandshakeTimeout = callback.HandshakeTimeout,
        OnConnectionState = callback.OnConnectionState,
        OnConnection = async context =>
        {
            var hello = Http3Handshake.HelloOf(context.ClientHelloInfo.ServerName);
            if (!GiveCertificate(hello.ServerName))
            {
                var mayBeStored = keeper.IsListing;
                if (await Http3Handshake.FindAsync(keeper, hello, context.Connection) is { } certificate) context.Connection.Features.Set(new TakenCertificate(certificate, null));
                else context.Connection.Features.Set(new UnansweredHello(hello.ServerName, mayBeStored));
            }

            return await callback.OnConnection(context);
        },
    };
}
