using AcmeKestrel;
using AcmeKestrel.CommandLine;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace SampleWeb;

/// <summary>Tells the person at the console where each name stands, and how to visit one once it is known what became of all of them.</summary>
internal sealed class StatusPrinter(IAcmeCertificates certificates, IOptionsMonitor<AcmeOptions> options, IServer server, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly Dictionary<string, string> _told = [];
    private bool _advised;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) Tell(certificates.List());
    }

    private void Tell(IReadOnlyList<AcmeCertificateStatus> statuses)
    {
        foreach (var status in statuses.Where(status => status.State is AcmeCertificateState.Served or AcmeCertificateState.Failing or AcmeCertificateState.Held))
        {
            var line = AcmeStatusLine.Of(status);
            if (_told.TryGetValue(status.Label, out var last) && last == line) continue;

            _told[status.Label] = line;
            Console.WriteLine(line);
        }

        // A name that is held or fails keeps nobody from visiting the others.
        if (_advised || statuses.Any(status => status.State is AcmeCertificateState.Waiting or AcmeCertificateState.Ordering)) return;
        if (statuses.FirstOrDefault(status => status.State == AcmeCertificateState.Served) is not { } served) return;

        _advised = true;
        Advise(served);
    }

    /// <summary>Nobody trusts the embedded CA yet; a public one needs no advice.</summary>
    private void Advise(AcmeCertificateStatus status)
    {
        if (status.Provider != "local" || options.CurrentValue.Providers?.GetValueOrDefault("local")?.TrustedRootsFile is not { } root || HttpsEndpoint() is not { } endpoint) return;

        var (name, port) = (status.Names[0], endpoint.Port);
        Console.WriteLine($"curl --cacert '{root}' --resolve {name}:{port}:127.0.0.1 https://{name}:{port}/");
        Console.WriteLine($"For a browser, import {root} as a certificate authority; it can only vouch for localhost, .localhost, .test and loopback addresses.");
    }

    private BindingAddress? HttpsEndpoint() =>
        server.Features.Get<IServerAddressesFeature>()?.Addresses
            .Where(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
            .Select(BindingAddress.Parse)
            .FirstOrDefault();
}
