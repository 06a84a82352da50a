using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>For a process that has not the state: has names wished by the one that has it, and sees their certificates come by what it follows.</summary>
internal sealed class WishesElsewhere(IShownCertificates shown, TimeProvider time, IOnDemandElsewhere? requests = null)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly RecentAnswers _wished = new(time);

    /// <summary>What did not come while somebody waited: what is in its way is known to the other process alone.</summary>
    private readonly RecentAnswers _late = new(time);

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

    /// <summary>When its certificate is served here. False at once where it was waited for in vain in the last minute: not each of its visitors is to wait again.</summary>
    public async Task<bool> IsServedAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            while (!IsShown(name))
            {
                if (_late.Find(name) is not null) return false;
                await Task.Delay(BetweenLooks, time, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            _late.Add(name, PermissionAnswer.No);
            throw;
        }
    }

    private bool IsShown(string name) => shown.FindShown(name) is { } certificate && certificate.NotAfter > time.GetUtcNow();
}
