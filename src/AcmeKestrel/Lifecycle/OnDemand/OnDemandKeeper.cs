using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>
/// Looks who of the names on demand is visited. A handshake marks its certificate in memory and no more; here the mark becomes a record, once for each certificate, after it was asked whether the name is allowed still.
/// What nobody visits is not renewed (<see cref="Visits"/>), and is wished no more when it has ended.
/// </summary>
internal sealed class OnDemandKeeper(
    OnDemandWishes wishes, OnDemandRegister register, PermissionBook permissions, Labels labels, IAcmeSettings settings, TimeProvider time, ILogger<OnDemandKeeper> logger, IVisitedCertificates? visits = null) : IStateDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>A name that gets no certificate is given up so long after its last visitor.</summary>
    private static readonly TimeSpan Without = TimeSpan.FromDays(1);

    /// <summary>Until then a visitor of it is worth no record.</summary>
    private static readonly TimeSpan BetweenRecords = TimeSpan.FromHours(6);

    /// <summary>Visits that are not on record yet: nobody could say whether they are allowed, or nothing could be written.</summary>
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public async Task RunAsync(StateSession session, CancellationToken cancellationToken)
    {
        while (true)
        {
            await LookAsync(session, cancellationToken).ConfigureAwait(false);
            await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task LookAsync(StateSession session, CancellationToken cancellationToken)
    {
        if (settings.Current.OnDemand is null) return;

        try
        {
            var marks = new Dictionary<string, bool>(StringComparer.Ordinal);
            foreach (var (name, known) in await wishes.AllAsync(cancellationToken).ConfigureAwait(false)) await LookAsync(session, name, known, marks, cancellationToken).ConfigureAwait(false);
            await KeepVisitsAsync(session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception unwritable) when (unwritable is StoreUnavailableException or StoreConflictException)
        {
            // What the store lacks is said where it matters; the next look comes in a minute.
        }
    }

    /// <param name="marks">Those that were taken: one certificate may be several names'.</param>
    private async Task LookAsync(StateSession session, string name, OnDemandName known, Dictionary<string, bool> marks, CancellationToken cancellationToken)
    {
        var (label, now) = (register.LabelOf(name), time.GetUtcNow());
        var certificate = label is null ? null : labels.Find(label)?.Certificate;
        if (label is not null && !marks.ContainsKey(label)) marks[label] = visits?.TakeVisit(label) is true;

        var isVisited = wishes.TakeMiss(name) | (label is not null && marks[label]);
        if (isVisited && IsNews(known, certificate, now)) _open.Add(name);
        if (!_open.Contains(name) && IsOver(known, certificate, now)) await RemoveAsync(session, name, certificate is null ? "it got no certificate, and nobody comes for it" : $"nobody visits it, and its certificate has ended ({certificate.NotAfter:u})", cancellationToken).ConfigureAwait(false);
    }

    private async Task KeepVisitsAsync(StateSession session, CancellationToken cancellationToken)
    {
        foreach (var name in _open.ToList())
        {
            var answer = await permissions.AskAsync(new AcmeOnDemandVisit(name), network: null, cancellationToken).ConfigureAwait(false);

            // The others would fare no better, and the next look comes in a minute.
            if (answer is PermissionAnswer.Failed) return;

            if (answer is PermissionAnswer.No) await RemoveAsync(session, name, "it is not allowed any more", cancellationToken).ConfigureAwait(false);
            else await wishes.VisitAsync(session, name, time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            _open.Remove(name);
        }
    }

    private async Task RemoveAsync(StateSession session, string name, string reason, CancellationToken cancellationToken)
    {
        if (await wishes.RemoveAsync(session, name, cancellationToken).ConfigureAwait(false)) logger.OnDemandGone(name, reason);
    }

    /// <summary>It says something that the record does not.</summary>
    private static bool IsNews(OnDemandName known, CertificateFacts? certificate, DateTimeOffset now) =>
        certificate is null ? now - known.VisitedAt >= BetweenRecords : Visits.CountFrom(certificate) is var from && known.VisitedAt < from && from <= now;

    private static bool IsOver(OnDemandName known, CertificateFacts? certificate, DateTimeOffset now) =>
        certificate is null ? now - known.VisitedAt >= Without : certificate.NotAfter <= now && known.VisitedAt < Visits.CountFrom(certificate);
}
