using AcmeKestrel.Certificates;
using AcmeKestrel.Desired;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Wishes that change while processes follow them.</summary>
internal sealed class ChangingWishes
{
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _changed = new();

    public Wish[] Wishes { get; set; } = [];

    public bool Fails { get; set; }

    /// <summary>It was read, and failed.</summary>
    public Task Failed => _failed.Task;

    public void Change(Wish[] wishes)
    {
        Wishes = wishes;
        Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel();
    }

    /// <summary>Each one is told what changed since it asked last.</summary>
    public IWishFeed ForOneProcess() => new Feed(this);

    private sealed class Feed(ChangingWishes all) : IWishFeed
    {
        private Wish[] _told = [];

        public ValueTask<WishChanges> GetChangesAsync(bool asksAll, CancellationToken cancellationToken)
        {
            if (all.Fails)
            {
                all._failed.TrySetResult();
                throw new InvalidOperationException("The source is broken.");
            }

            // Once: what changes while it is compared is told the next time, and not taken for told.
            var present = all.Wishes;
            var changes = Lifecycle.Wishes.Between(_told, present);
            _told = present;
            return ValueTask.FromResult(new WishChanges(changes, []));
        }

        public IChangeToken GetChangeToken() => new CancellationChangeToken(all._changed.Token);
    }
}
