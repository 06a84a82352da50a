using System.Threading.Channels;
using AcmeKestrel.Configuration;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning.Revocations;
using AcmeKestrel.Lifecycle.Revoking;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Hosting;

namespace AcmeKestrel.Lifecycle;

/// <summary>
/// Finds certificates that the CA has revoked and that nobody here has asked for: once a day each, and when the CA suggests a renewal that should be over already (RFC 9773 section 4.2), by the list that the certificate names.
/// One at a time, and slowly where something is to be read or fetched for it, far from any handshake.
/// </summary>
internal sealed class RevocationWatch(Labels labels, WorkerGate gate, RevocationPoints points, RevocationLists lists, IAcmeSettings settings, ILabelWaker waker, TimeProvider time, LoopKeeper loops) : BackgroundService, ILabelObserver
{
    /// <summary>The first minutes belong to the visitors, to orders, and to the look at what is stored.</summary>
    private static readonly TimeSpan AfterStart = TimeSpan.FromMinutes(10);

    /// <summary>From the begin of one pass to the next.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);

    /// <summary>A hundred thousand that are to be read take an hour and a half.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks into memory without a pause: some milliseconds.</summary>
    private const int LooksAtOnce = 1000;

    /// <summary>How often somebody may be heard between two passes.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    /// <summary>Labels that are looked at before their turn. Where a CA hurries more of them the next pass has the others.</summary>
    private readonly Channel<string> _hurried = Channel.CreateBounded<string>(new BoundedChannelOptions(1000) { FullMode = BoundedChannelFullMode.DropWrite });

    public void On(LabelEvent happened)
    {
        if (happened is LabelEvent.RenewalHurried { Label.Label: var label, Window: var window } && window.End <= time.GetUtcNow()) _hurried.Writer.TryWrite(label);
    }

    /// <summary>Looks at those that somebody hurries.</summary>
    public async Task LookAtHurriedAsync(CancellationToken cancellationToken)
    {
        while (_hurried.Reader.TryRead(out var label))
        {
            await LookAsync(label, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Looks at one label's certificate; where the CA has revoked it the label's own work does the rest.</summary>
    /// <returns>Whether a record was read for it, or a list fetched.</returns>
    public async Task<bool> LookAsync(string label, CancellationToken cancellationToken)
    {
        if (gate.Closed is not null || gate.IsOnRequest || gate.Session is not { } session || labels.WishOf(label) is null) return false;
        if (labels.Find(label) is not { Certificate: { } certificate } entry || entry.Revocation?.Concerns(certificate) is true || certificate.NotAfter <= time.GetUtcNow()) return false;
        if (settings.Current.Providers.Values.FirstOrDefault(provider => provider.Ca == certificate.Ca) is not { } issuer) return false;

        var isRead = false;
        try
        {
            if (!points.TryFind(certificate, out var point))
            {
                isRead = true;
                if (await GenerationVault.TryReadAsync(session, label, certificate.Generation, cancellationToken).ConfigureAwait(false) is not { } generation) return true;

                point = points.Learn(certificate, generation);
            }

            if (point is null) return isRead;

            isRead |= !lists.Has(point.Place);
            if (await lists.FindAsync(issuer, label, point, cancellationToken).ConfigureAwait(false) is not { } reason) return isRead;

            labels.Of(label).Post(new LabelRequest { Revokes = new RevocationRequest(reason) { Found = certificate.Generation } });
            waker.Wake(label);
        }
        catch (StoreUnavailableException)
        {
            // The next pass may find it readable.
        }

        return isRead;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.KeepRunningAsync(() => RunAsync(stoppingToken), stoppingToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(AfterStart, time, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var (next, looks) = (time.GetUtcNow() + Interval, 0);
            points.Keep(label => labels.Find(label) is not null);
            foreach (var entry in labels.All)
            {
                await LookAtHurriedAsync(cancellationToken).ConfigureAwait(false);
                if (await LookAsync(entry.Label, cancellationToken).ConfigureAwait(false) || ++looks % LooksAtOnce == 0) await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }

            while (time.GetUtcNow() is var now && now < next)
            {
                // The clock was ahead when this pass began: the next one would be as far away.
                if (next - now > Interval) next = now + Interval;
                await Task.Delay(Rest, time, cancellationToken).ConfigureAwait(false);
                await LookAtHurriedAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
