using AcmeKestrel;
using AcmeKestrel.CommandLine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace SampleWeb;

/// <summary>Tells the person at the console where each name stands, and how to visit one once it is known what became of all of them.</summary>
internal sealed class StatusPrinter(IAcmeCertificates certificates, IOptionsMonitor<AcmeOptions> options, IServer server) : BackgroundService
{
    private readonly ToldLines _told = new();
    private readonly HashSet<string> _underWay = [];

    /// <summary>The first by its label: each start advises alike.</summary>
    private AcmeCertificateStatus? _served;
    private bool _advised;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in certificates.WatchAsync(stoppingToken)) Tell(change);
    }

    private void Tell(AcmeStatusChange change)
    {
        if (change.Status is not { } status)
        {
            _told.Forget(change.Label);
            _underWay.Remove(change.Label);
            return;
        }

        if (status.State is AcmeCertificateState.Waiting or AcmeCertificateState.Ordering)
        {
            _underWay.Add(change.Label);
            return;
        }

        _underWay.Remove(change.Label);
        if (_told.Next(status.Label, AcmeStatusLine.Of(status)) is { } line) Console.WriteLine(line);

        if (status.State == AcmeCertificateState.Served && (_served is null || string.CompareOrdinal(status.Label, _served.Label) < 0)) _served = status;

        // A name that is held or fails keeps nobody from visiting the others.
        if (_advised || _underWay.Count > 0 || _served is null) return;

        _advised = true;
        Advise(_served);
    }

    /// <summary>Nobody trusts the embedded CA yet; a public one needs no advice.</summary>
    private void Advise(AcmeCertificateStatus status)
    {
        if (status.Provider != "local" || options.CurrentValue.Providers?.GetValueOrDefault("local")?.TrustedRootsFile is not { } root || HttpsEndpoint() is not { } endpoint) return;

        Console.WriteLine(CurlLine.Of(root, status.Names[0], endpoint.Port));
        Console.WriteLine($"For a browser, import {root} as a certificate authority; it can only vouch for localhost, .localhost, .test and loopback addresses.");
    }

    private BindingAddress? HttpsEndpoint() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses
            .Where(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            .Select(BindingAddress.Parse)
            .FirstOrDefault();
}
