using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AcmeKestrel.Certificates;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Serving.Finding;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AcmeKestrel.Serving;

/// <summary>Proves soon after the start that the hook works, by a handshake of our own in memory with the Kestrel that is there: a version of tomorrow may have all the members that are touched and use them in another way.</summary>
/// <param name="wiring">The application's but for what it reports: no visitor reaches the endpoint that is tried.</param>
internal sealed class HookCheck(KestrelWiring wiring, CertificateTable table, IServer? server, IServiceProvider services, TimeProvider time, ILogger<HookCheck> logger)
    : IHostedLifecycleService, IDisposable
{
    /// <summary>A server and a handshake cost processor time, and the first seconds belong to the first certificates.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _stopping = new();
    private Task _check = Task.CompletedTask;

    /// <summary>Soon after the start, which waits for nothing.</summary>
    public Task StartedAsync(CancellationToken cancellationToken)
    {
        _check = RunAsync(_stopping.Token);
        return Task.CompletedTask;
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _check.ConfigureAwait(false);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stopping.Dispose();

    /// <summary>What is wrong with the hook; null when a handshake was given our certificate.</summary>
    public async Task<string?> FindFaultAsync(CancellationToken cancellationToken)
    {
        if (server?.GetType() is { } type && type.Assembly != typeof(KestrelServer).Assembly) return $"the server is no Kestrel but a {type.Name}";

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = new CancellationTokenSource(Deadline, time);
        using var linked = timer.Token.Register(deadline.Cancel);
        var probe = Probe();
        table.Publish(probe);
        try
        {
            return await IsShownAsync(probe, deadline.Token).ConfigureAwait(false) ? null : "a handshake was given another certificate than ours";
        }
        finally
        {
            table.Withdraw(probe.Label);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
            if (server?.Features.Get<IServerAddressesFeature>()?.Addresses.Any(address => address.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) != true) return;
            if (await FindFaultAsync(cancellationToken).ConfigureAwait(false) is { } fault) logger.HookBroken(fault);
        }
#pragma warning disable CA1031 // Whatever it is, it says that this Kestrel is another one than this library knows; the application goes on.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            if (!cancellationToken.IsCancellationRequested) logger.HookBroken($"{failed.GetType().Name}: {failed.Message}");
        }
    }

    /// <summary>A whole server, wired as the application's: only Kestrel itself can give a connection all that its TLS wants.</summary>
    private async Task<bool> IsShownAsync(Generation probe, CancellationToken cancellationToken)
    {
        var options = new KestrelServerOptions { ApplicationServices = services };
        wiring.Configure(options);
        options.Listen(IPAddress.Loopback, 0, endpoint => endpoint.UseHttps());
        wiring.PostConfigure(null, options);

        var transport = new MemoryTransport();
        using var kestrel = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        await kestrel.StartAsync(new NoApplication(), cancellationToken).ConfigureAwait(false);
        bool? isOurs = null;
        await using var client = transport.Connect();
        await using var tls = new SslStream(client);
        var handshake = new SslClientAuthenticationOptions
        {
            TargetHost = probe.Label,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowTlsResume = false,
            RemoteCertificateValidationCallback = (_, shown, _, _) => (isOurs = shown?.GetRawCertData().AsSpan().SequenceEqual(probe.Chain.Leaf.Span)) == true,
        };
        try
        {
            await tls.AuthenticateAsClientAsync(handshake, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (AuthenticationException) when (isOurs == false)
        {
            return false;
        }
    }

    /// <summary>For a name that nobody can know and that no CA certifies.</summary>
    private Generation Probe()
    {
        var (name, now) = ($"{Guid.NewGuid():n}.invalid", time.GetUtcNow());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=AcmeKestrel check", key, HashAlgorithmName.SHA256);
        using var leaf = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var chain = new CertificateChain(leaf.RawData, [], [AcmeIdentifier.Parse(name)], KeyFamily.P256, now.AddDays(-1), now.AddDays(1));
        return new Generation(name, name, chain, key.ExportPkcs8PrivateKey(), new GenerationOrigin("", "", "", "", AcmeKeyType.P256, null, null, now));
    }

    private sealed class NoApplication : IHttpApplication<IFeatureCollection>
    {
        public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

        public Task ProcessRequestAsync(IFeatureCollection context) => Task.CompletedTask;

        public void DisposeContext(IFeatureCollection context, Exception? exception)
        {
        }
    }
}
