using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.State;

namespace AcmeKestrel.Lifecycle.Delivering;

/// <summary>Looks again at records of what is owed that could not be read when the state was taken over: the next thing that is owed of the label may come in months.</summary>
internal sealed class LateRecords(Deliveries deliveries, TimeProvider time)
{
    /// <summary>As often as the courier looks in any case.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private DateTimeOffset _notBefore;

    /// <summary>The newest certificates of the labels whose records can be read now. Nobody else looks meanwhile.</summary>
    public async Task<IReadOnlyList<CertificateFacts>> ReadAsync(StateSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (Waits.Last(_notBefore, Again, now) || deliveries.Late is not { Count: > 0 } late) return [];

        _notBefore = now + Again;
        var found = new List<CertificateFacts>();
        foreach (var label in late)
        {
            if (await deliveries.ReadLateAsync(session, label, cancellationToken).ConfigureAwait(false) is { } newest) found.Add(newest);
        }

        return found;
    }
}
