using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.PostgreSql;

/// <summary>Waits for the server's notifications while somebody follows the feed: one connection for all who do. Where it cannot, the followers find the changes by looking.</summary>
internal sealed class ChangeListener(Database database, TimeProvider time) : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Signal _changed = new();
    private readonly CancellationTokenSource _end = new();
    private CancellationTokenSource? _listening;
    private Task _work = Task.CompletedTask;
    private int _followers;

    /// <summary>Take it before looking.</summary>
    public Task Next => _changed.Next;

    /// <summary>There is something to look at.</summary>
    public void Wake() => _changed.Set();

    /// <summary>Listens until what is returned is disposed.</summary>
    public IDisposable Join()
    {
        lock (_gate)
        {
            if (_followers++ == 0)
            {
                _listening = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                _work = ListenAsync(_work, _listening.Token);
            }

            return new Follower(this);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _end.Cancel();

    private void Leave()
    {
        lock (_gate)
        {
            if (--_followers > 0) return;

            _listening!.Cancel();
            _listening.Dispose();
        }
    }

    private async Task ListenAsync(Task before, CancellationToken cancellationToken)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            try
            {
                var connection = await database.ListenAsync((_, _) => Wake(), cancellationToken).ConfigureAwait(false);
                await using var closing = connection.ConfigureAwait(false);
                Wake();
                while (true) await connection.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // Whatever ails it: the followers look once a second, and tell what is wrong.
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                await Task.Delay(Again, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private sealed class Follower(ChangeListener listener) : IDisposable
    {
        private ChangeListener? _listener = listener;

        public void Dispose() => Interlocked.Exchange(ref _listener, null)?.Leave();
    }
}
