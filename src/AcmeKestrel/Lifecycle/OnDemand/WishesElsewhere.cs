using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>For a process that has not the state: has names wished by the one that has it, and sees their certificates come by what it follows.</summary>
internal sealed class WishesElsewhere(IShownCertificates shown, TimeProvider time, IOnDemandElsewhere? requests = null)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly RecentAnswers _wished = new(time);

    /// <summary>It was wished there a moment ago.</summary>
    public bool Knows(string name) => _wished.Find(name) is PermissionAnswer.Yes;

    /// <summary>It is wished when it returns.</summary>
    /// <exception cref="StoreUnavailableException">It is not; the message says why.</exception>
    public async Task WishAsync(string name, CancellationToken cancellationToken)
    {
        if (requests is null) throw new StoreUnavailableException("another process has the state");

        await requests.WishAsync(name, cancellationToken).ConfigureAwait(false);
        _wished.Add(name, PermissionAnswer.Yes);
    }

    /// <summary>When its certificate is served here.</summary>
    public async Task<bool> IsServedAsync(string name, CancellationToken cancellationToken)
    {
        while (shown.FindShown(name) is not { } certificate || certificate.NotAfter <= time.GetUtcNow()) await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
        return true;
    }
}
