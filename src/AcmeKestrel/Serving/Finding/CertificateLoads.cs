using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// Brings cold certificates to where TLS can use them: each once, however many ask, and only so many at a time, since reading and opening keys is work that strangers can ask for. They have this
/// for themselves: whatever is asked for names that nobody has takes nothing from them.
/// </summary>
internal sealed class CertificateLoads(
    CertificateTable table, LoadedCertificates loaded, TlsContexts contexts, ServingLimits limits, TimeProvider time, ILogger<CertificateLoads> logger, ICertificateSource? source = null) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(limits.MaxLoads);
    private readonly Dictionary<ServedCertificate, Task> _under = [];
    private readonly Lock _gate = new();

    /// <summary>When it returns the certificate is loaded, broken, or no longer the table's.</summary>
    public Task LoadAsync(ServedCertificate certificate)
    {
        lock (_gate)
        {
            if (_under.TryGetValue(certificate, out var running)) return running;
            return _under[certificate] = RunAsync(certificate);
        }
    }

    public void Dispose() => _slots.Dispose();

    private async Task RunAsync(ServedCertificate certificate)
    {
        // Off the caller's stack: it must be on the list before it can end.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            using var deadline = new CancellationTokenSource(limits.LoadDeadline, time);
            await _slots.WaitAsync(deadline.Token).ConfigureAwait(false);
            try
            {
                await LoadAsync(certificate, deadline.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots.Release();
            }
        }
#pragma warning disable CA1031 // Whatever it is: the name's other certificates, or what unknown names get, are better than a failing handshake.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            certificate.Break(time.GetUtcNow());
            logger.CertificateUnusable(certificate.Facts.Label, certificate.Facts.Generation, fault);
        }
        finally
        {
            lock (_gate) _under.Remove(certificate);
        }
    }

    private async Task LoadAsync(ServedCertificate certificate, CancellationToken cancellationToken)
    {
        if (certificate.IsLoaded) return;

        var generation = certificate.InHand;
        if (generation is null && source is not null) generation = await source.ReadAsync(certificate.Facts, cancellationToken).ConfigureAwait(false);
        if (generation is null)
        {
            certificate.Break(time.GetUtcNow());
            return;
        }

        // Somebody changed it by hand, or it is damaged and an older one is not: that is what is served, under the names that it has.
        if (!certificate.Facts.Describes(generation))
        {
            table.Publish(generation);
            return;
        }

        try
        {
            certificate.Load(contexts.Open(generation), loaded.KeepsBytes);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            source?.Reject(certificate.Facts);
            throw;
        }

        loaded.Add(certificate);
    }
}
