using System.Security.Cryptography;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
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
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly SemaphoreSlim _slots = new(limits.MaxLoads);
    private readonly Dictionary<ServedCertificate, Task> _under = [];

    /// <summary>Certificates whose reading nobody waits for any more and that has not ended: a dying disk holds a thread for each.</summary>
    private readonly HashSet<ServedCertificate> _hanging = [];
    private readonly Lock _gate = new();

    /// <summary>When it returns the certificate is loaded, broken, or no longer the table's.</summary>
    /// <exception cref="CertificateLateException">It could not be read in time, or now; it may be a good one.</exception>
    public Task LoadAsync(ServedCertificate certificate)
    {
        lock (_gate)
        {
            if (_under.TryGetValue(certificate, out var running)) return running;
            if (_hanging.Contains(certificate) || _hanging.Count >= limits.MaxHangingLoads) return Task.FromException(new CertificateLateException(certificate.Facts.Label));
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
        catch (Exception late) when (late is OperationCanceledException || source?.IsTemporary(late) is true)
        {
            if (certificate.TakeWordOfLate(time.GetUtcNow())) _log.CertificateLate(certificate.Facts.Label, late.Message);
            throw new CertificateLateException(certificate.Facts.Label, late);
        }
#pragma warning disable CA1031 // Whatever it is: the name's other certificates, or what unknown names get, are better than a failing handshake.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            certificate.Break(time.GetUtcNow());
            _log.CertificateUnusable(certificate.Facts.Label, certificate.Facts.Generation, fault);
        }
        finally
        {
            lock (_gate) _under.Remove(certificate);
        }
    }

    private async Task LoadAsync(ServedCertificate certificate, CancellationToken cancellationToken)
    {
        if (certificate.IsLoaded) return;

        if ((certificate.InHand ?? await ReadAsync(certificate, cancellationToken).ConfigureAwait(false)) is not { } generation)
        {
            certificate.Break(time.GetUtcNow());
            return;
        }

        // Somebody changed it by hand, or it is damaged and an older one is not: that is what is served, under the names that it has.
        if (!certificate.Facts.Describes(generation))
        {
            certificate.Break(time.GetUtcNow());
            table.Replace(certificate, generation);
            return;
        }

        certificate.Load(Open(certificate, generation), loaded.KeepsBytes);
        loaded.Add(certificate);

        // It may have been renewed or withdrawn meanwhile, and nobody would let go of it.
        if (!table.Holds(certificate)) certificate.Unload(keepsBytes: false);
    }

    private LoadedCertificate Open(ServedCertificate certificate, Generation generation)
    {
        try
        {
            return contexts.Open(generation);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            source?.Reject(certificate.Facts);
            throw;
        }
    }

    /// <summary>What hangs in the store is not waited for longer than a visitor waits, and is not begun once more.</summary>
    private async Task<Generation?> ReadAsync(ServedCertificate certificate, CancellationToken cancellationToken)
    {
        if (source is null) return null;

        var reading = source.ReadAsync(certificate.Facts, cancellationToken).AsTask();
        try
        {
            return await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!reading.IsCompleted)
        {
            lock (_gate) _hanging.Add(certificate);
            _ = ForgetAsync(certificate, reading);
            throw;
        }
    }

    private async Task ForgetAsync(ServedCertificate certificate, Task reading)
    {
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) _hanging.Remove(certificate);
    }
}
