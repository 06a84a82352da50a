using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Configuration;
using AcmeKestrel.Desired;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle;

/// <summary>Reads what changed in the wishes and in the settings, and has those labels looked at again that it concerns.</summary>
internal sealed class WishFollower(
    IWishFeed wishes, IAcmeSettings settings, Labels labels, StatusBoard board, ICertificatePublisher publisher, ILabelWaker waker, IWorkerActivation activation, TimeProvider time)
    : IDisposable
{
    private readonly SemaphoreSlim _changed = new(0);
    private readonly SemaphoreSlim _reading = new(1, 1);
    private bool _everyone = true;
    private AcmeSettings _settings = settings.Current;

    /// <summary>Something else changed that may matter to any label.</summary>
    public void Hurry()
    {
        Volatile.Write(ref _everyone, true);
        HearOfChange();
    }

    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        using var feed = ChangeToken.OnChange(wishes.GetChangeToken, HearOfChange);
        using var options = ChangeToken.OnChange(settings.GetChangeToken, HearOfChange);
        await ReadAsync(cancellationToken).ConfigureAwait(false);
        while (true)
        {
            await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);

            // Changes that came together are one.
            while (_changed.Wait(0, cancellationToken)) continue;
            await ReadAsync(asksAll: false, cancellationToken).ConfigureAwait(false);
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

    /// <summary>Asks every source, whether or not it says that something changed, and has every label looked at again.</summary>
    public Task ReadAsync(CancellationToken cancellationToken)
    {
        Volatile.Write(ref _everyone, true);
        return ReadAsync(asksAll: true, cancellationToken);
    }

    /// <param name="asksAll">Sources as well that do not say that they changed.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public async Task ReadAsync(bool asksAll, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var changes = board.Changes;
            var read = await wishes.GetChangesAsync(asksAll, cancellationToken).ConfigureAwait(false);
            Take(read, changes);
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

    private void HearOfChange()
    {
        board.WishesChange();
        _changed.Release();
    }

    /// <param name="changes">How often the wishes had changed before they were read.</param>
    private void Take(WishChanges read, long changes)
    {
        var again = TakeConcerned(areWhole: read.Problems.Count == 0);
        labels.Change(read.Labels, areWhole: read.Problems.Count == 0);
        publisher.ChangeWishes(read.Labels);
        labels.AreWishesKnown = true;

        var now = time.GetUtcNow();
        var wished = read.Labels.Where(change => !change.IsOnlySaidElsewhere).ToList();
        var hurried = wished.Where(change => change.Before is not null).Select(change => change.Label).ToHashSet(StringComparer.Ordinal);
        board.ChangeWishes(read.Labels, wish => (labels.ViewOf(wish.Label), IsQuiet(wish.Label, now)), read.Problems, changes);
        board.LookAgain(again);

        // At a start these are all labels there are: they are counted, and not put together.
        foreach (var label in hurried) waker.Wake(label);
        var quiet = 0;
        foreach (var label in again.Concat(wished.Select(change => change.Label).Where(label => !again.Contains(label))))
        {
            if (hurried.Contains(label)) continue;
            if (IsQuiet(label, now)) waker.WakeBy(label, QuietPace.DueOf(quiet++, now));
            else waker.Wake(label);
        }
    }

    /// <summary>Labels whose wish is the same and whose plan may be another one.</summary>
    private HashSet<string> TakeConcerned(bool areWhole)
    {
        var (former, current) = (_settings, settings.Current);
        _settings = current;
        var concern = SettingsConcern.Between(former, current);
        var everyone = Interlocked.Exchange(ref _everyone, false);

        // While nobody knows what is wished no more, nothing of it goes.
        var unwished = areWhole != labels.AreWishesWhole;
        if (!everyone && !unwished && concern.IsNobodys) return [];

        return labels.All
            .Where(entry => everyone || (unwished && entry.Wish is null) || concern.IsOf(entry.Wish, entry.Facts.OrderedFor))
            .Select(entry => entry.Label)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Nothing is known that would have to be done for it.</summary>
    private bool IsQuiet(string label, DateTimeOffset now)
    {
        var (_, wish, certificate, _) = labels.ViewOf(label);
        if (labels.Of(label).Facts.Revocation is not null) return false;
        return wish is null ? now < certificate?.NotAfter : CertificateNeed.IsQuiet(wish, settings.Current, certificate, now);
    }
}
