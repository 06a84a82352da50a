using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Challenges;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving.Finding;

/// <summary>
/// Brings cold certificates to where TLS can use them: each once, however many ask, and only so many at a time, since reading and opening keys is work that strangers can ask for. Networks take
/// turns, so whoever asks for all names at once keeps nobody else waiting. They have this for themselves: whatever is asked for names that nobody has takes nothing from them.
/// </summary>
internal sealed class CertificateLoads(
    CertificateTable table, LoadedCertificates loaded, CertificateOpener opener, ServingLimits limits, TimeProvider time, ILogger<CertificateLoads> logger, ICertificateSource? source = null)
{
    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly RoundRobin _places = new(limits.MaxLoads);
    private readonly Dictionary<ServedCertificate, CertificateLoad> _under = [];

    /// <summary>How many each network waits for.</summary>
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>Certificates whose reading nobody waits for any more and that has not ended: a dying disk holds a thread for each.</summary>
    private readonly HashSet<ServedCertificate> _hanging = [];
    private readonly RareWord _refused = new(time);
    private readonly Lock _gate = new();

    /// <summary>When it returns the certificate is loaded, broken, or no longer the table's.</summary>
    /// <param name="network">Who asks.</param>
    /// <exception cref="CertificateLateException">It could not be read in time, or now; it may be a good one.</exception>
    public Task LoadAsync(ServedCertificate certificate, string network)
    {
        CertificateLoad? load;
        string? refusal;
        lock (_gate)
        {
            if (_under.TryGetValue(certificate, out load) && load.Networks.Contains(network)) return load.Result;

            refusal = IsCrowd(network) ? "its visitor's network waits for too many others" : load is null && IsHopeless(certificate) ? "it, or too many others, was asked for before and the store has not answered yet" : null;
            if (refusal is null)
            {
                load ??= _under[certificate] = new CertificateLoad(certificate, limits.LoadDeadline, time);
                load.Networks.Add(network);
                _lines[network] = _lines.GetValueOrDefault(network) + 1;
            }
        }

        if (refusal is null) return StandInLineAsync(load!, network);
        return load?.Result ?? Task.FromException(Refuse(certificate, refusal));
    }

    /// <summary>With nobody to be kept waiting by it no line is too long: behind a balancer that passes connections on all visitors are one network.</summary>
    private bool IsCrowd(string network) => _lines.Count > 1 && _lines.GetValueOrDefault(network) >= limits.MaxLoadsOfAsker;

    /// <summary>For a visitor that is let go without it. Said for all of them together: it costs a stranger nothing to be refused.</summary>
    public CertificateLateException Refuse(ServedCertificate certificate, string reason)
    {
        if (_refused.IsDue()) _log.CertificateLate(certificate.Facts.Label, reason);
        return new CertificateLateException(certificate.Facts.Label);
    }

    private bool IsHopeless(ServedCertificate certificate) => certificate.InHand is null && (_hanging.Contains(certificate) || _hanging.Count >= limits.MaxHangingLoads);

    /// <summary>Returns when it is over, whoever did it. Who did it himself goes on at once, without the pool.</summary>
    private async Task StandInLineAsync(CertificateLoad load, string network)
    {
        // What is in hand is opened once, and waits for no reading of others.
        var needsPlace = load.Certificate.InHand is null || loaded.KeepsBytes;
        try
        {
            if (needsPlace) await _places.EnterAsync(network, load.Patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException late)
        {
            if (load.TryBegin()) await EndAsync(load, () => Task.FromResult<Exception?>(Late(load.Certificate, late))).ConfigureAwait(false);
            await load.Result.ConfigureAwait(false);
            return;
        }
        finally
        {
            Leave(network);
        }

        try
        {
            // Another network's turn may have come first.
            if (load.TryBegin()) await EndAsync(load, () => RunAsync(load)).ConfigureAwait(false);
        }
        finally
        {
            if (needsPlace) _places.Leave();
        }

        await load.Result.ConfigureAwait(false);
    }

    private void Leave(string network)
    {
        lock (_gate)
        {
            if (--_lines[network] == 0) _lines.Remove(network);
        }
    }

    /// <summary>Ends it whatever happens, a log that cannot be written included: its name would be waited for, for ever, by all that come.</summary>
    private async Task EndAsync(CertificateLoad load, Func<Task<Exception?>> run)
    {
        Exception? failure = null;
        try
        {
            failure = await run().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Those that wait are told.
        catch (Exception surprise)
#pragma warning restore CA1031
        {
            failure = new CertificateLateException(load.Certificate.Facts.Label, surprise);
        }
        finally
        {
            lock (_gate) _under.Remove(load.Certificate);
            load.End(failure);
            load.Dispose();
        }
    }

    /// <summary>What those that wait are told; null: to look again.</summary>
    private async Task<Exception?> RunAsync(CertificateLoad load)
    {
        try
        {
            await LoadAsync(load.Certificate, load.Patience).ConfigureAwait(false);
        }
        catch (Exception late) when (late is OperationCanceledException || source?.IsTemporary(late) is true)
        {
            return Late(load.Certificate, late);
        }
#pragma warning disable CA1031 // Whatever it is: the name's other certificates, or what unknown names get, are better than a failing handshake.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            opener.Break(load.Certificate, fault);
        }

        return null;
    }

    private CertificateLateException Late(ServedCertificate certificate, Exception reason)
    {
        if (certificate.TakeWordOfLate(time.GetUtcNow())) _log.CertificateLate(certificate.Facts.Label, reason.Message);
        return new CertificateLateException(certificate.Facts.Label, reason);
    }

    private async Task LoadAsync(ServedCertificate certificate, CancellationToken patience)
    {
        if (certificate.IsLoaded) return;

        if ((certificate.InHand ?? await ReadAsync(certificate, patience).ConfigureAwait(false)) is not { } generation)
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

        var wasBroken = certificate.WasBroken;
        if (!opener.TryOpen(certificate, generation)) return;

        loaded.Add(certificate);
        if (wasBroken) table.Settle(certificate);

        // It may have been renewed or withdrawn meanwhile, and nobody would let go of it.
        if (!table.Holds(certificate)) certificate.Unload(keepsBytes: false);
    }

    /// <summary>What hangs in the store is not waited for longer than a visitor waits, and is not begun once more.</summary>
    private async Task<Generation?> ReadAsync(ServedCertificate certificate, CancellationToken patience)
    {
        if (source is null) return null;

        // A driver that is told to give up may go to the network for that. So it is told where it is late alone: where a copy was there in its place it comes to its own end.
        var giveUp = new CancellationTokenSource();
        var reading = source.ReadAsync(certificate.Facts, giveUp.Token).AsTask();
        try
        {
            return await reading.WaitAsync(patience).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!reading.IsCompleted)
        {
            lock (_gate) _hanging.Add(certificate);
            _ = ForgetAsync(certificate, reading, giveUp);
            throw;
        }
    }

    /// <summary>Nobody waits for it any more, nor for what it does to come to an end.</summary>
    private async Task ForgetAsync(ServedCertificate certificate, Task reading, CancellationTokenSource giveUp)
    {
        await giveUp.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate) _hanging.Remove(certificate);
    }
}
