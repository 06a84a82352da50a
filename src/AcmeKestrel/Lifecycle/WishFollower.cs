using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Providers;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads the wishes when they or the settings change, and has every label looked at again: planning is cheap, and a setting may matter to any of them.</summary>
internal sealed class WishFollower(
    IWishFeed wishes, IAcmeSettings settings, Labels labels, StatusBoard board, ICertificatePublisher publisher, ILabelWaker waker, ProviderClients clients, IWorkerActivation activation)
    : IDisposable
{
    private readonly SemaphoreSlim _changed = new(0);
    private readonly SemaphoreSlim _reading = new(1, 1);

    /// <summary>Something else changed that may matter to any label.</summary>
    public void Hurry()
    {
        board.WishesChange();
        _changed.Release();
    }

    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var feed = ChangeToken.OnChange(wishes.GetChangeToken, Hurry);
        using var options = ChangeToken.OnChange(settings.GetChangeToken, Hurry);
        while (true)
        {
            await ReadAsync(cancellationToken).ConfigureAwait(false);
            await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);

            // Changes that came together are one.
            while (_changed.Wait(0, cancellationToken)) continue;
        }
    }

    /// <summary>Whether anything is to be done at all may be known later than the wishes.</summary>
    public async Task FollowActivationAsync(CancellationToken cancellationToken)
    {
        await activation.WaitUntilKnownAsync(cancellationToken).ConfigureAwait(false);
        Hurry();
        await activation.WaitAsync(cancellationToken).ConfigureAwait(false);
        Hurry();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
    }

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            clients.LetGo();
            var changes = board.Changes;
            var set = await wishes.GetAsync(cancellationToken).ConfigureAwait(false);
            labels.SetWishes(set.Wishes, areWhole: set.Problems.Count == 0);
            publisher.SetWishes(set.Wishes);
            board.SetWishes(labels.Wishes, wish => LabelStatus.Of(labels.ViewOf(wish.Label), AcmeCertificateState.Waiting), set.Problems, changes);
            foreach (var entry in labels.All) waker.Wake(entry.Label);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose()
    {
        _changed.Dispose();
        _reading.Dispose();
    }
}
