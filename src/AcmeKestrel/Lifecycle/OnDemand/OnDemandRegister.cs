using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>For the process that has the state: makes allowed names wishes, as far as the limits go, and knows how their certificates come along.</summary>
internal sealed class OnDemandRegister(OnDemandWishes wishes, WishFollower follower, Labels labels, LabelDesk desk, WorkerGate gate, IAcmeSettings settings, OnDemandMetrics metrics, TimeProvider time) : IDisposable
{
    /// <summary>What is counted must be on record before the next one is counted.</summary>
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>It is known what is wished: before, anybody's name would be a stranger's.</summary>
    public bool IsReady => labels.AreWishesKnown;

    /// <summary>Wished, by whomever, and on disk, when it returns. Else when it may be asked for again, and why not now.</summary>
    /// <exception cref="StoreUnavailableException">Nothing can be written.</exception>
    public async Task<(DateTimeOffset Until, string Reason)?> WishAsync(string name, CancellationToken cancellationToken)
    {
        var session = gate.Session ?? throw new StoreUnavailableException(gate.Why);
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // What was wished by others a moment ago, another process among them, is theirs: it comes in its own time.
            await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
            var (known, current, now) = (await wishes.AllAsync(cancellationToken).ConfigureAwait(false), settings.Current, time.GetUtcNow());
            if (wishes.Knows(name) || labels.FindCovering(name) is not null) return null;
            if (current.OnDemand is not { } onDemand) throw new StoreUnavailableException("certificates on demand are off here");
            if (NewNames.RefusalOf(name, known, onDemand.NewNames, current.Providers.GetValueOrDefault(current.DefaultProvider)?.Limits.CertificatesPerRegisteredDomain, now) is { } refusal)
            {
                metrics.Wished("limited");
                return refusal;
            }

            await wishes.PutAsync(session, name, new OnDemandName(now, now), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }

        metrics.Wished("wished");
        await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>As soon as its label has an outcome: whether that is a certificate.</summary>
    public async Task<bool> IsServedAsync(string name, CancellationToken cancellationToken)
    {
        // Another visitor may have put it on record a moment ago, and is before those who read the wishes.
        if (LabelOf(name) is null) await follower.ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
        return LabelOf(name) is { } label && await desk.SettleAsync(label, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false) is { State: AcmeCertificateState.Served };
    }

    /// <summary>Whose certificate it has: one of <c>Acme:Wildcards</c> may serve it. Null: nobody's.</summary>
    public string? LabelOf(string name)
    {
        if (labels.WishOf(name) is not null) return name;
        if (DomainName.WildcardAbove(name) is { } above && labels.WishOf(above) is not null) return above;

        // A wildcard has its domain beside it where somebody came for that.
        var below = $"*.{name}";
        return labels.WishOf(below) is { } wish && wish.Required.Concat(wish.Optional).Any(wished => wished.Value == name) ? below : null;
    }

    public void Dispose() => _oneAtATime.Dispose();
}
