using AcmeKestrel.Storage;

namespace AcmeKestrel.Tests.Lifecycle;

/// <summary>Kills a "process" before or after its n-th write or request: from then on nothing it does reaches the store or the CA.</summary>
internal sealed class Death(int at)
{
    private int _moments;

    public bool HasCome { get; private set; }

    /// <summary>Moments passed so far; there are two for each write and each request.</summary>
    public int Moments => _moments;

    public void Pass()
    {
        if (!HasCome && Interlocked.Increment(ref _moments) == at) HasCome = true;
        Check();
    }

    /// <summary>Kills it now, whatever moment it was meant for.</summary>
    public void Come() => HasCome = true;

    public void Check()
    {
        if (HasCome) throw new KilledException();
    }

    private sealed class KilledException : Exception;

    internal sealed class Store(IAcmeStore inner, Death death) : IAcmeStore
    {
        public ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
        {
            death.Check();
            return inner.ReadAsync(key, cancellationToken);
        }

        public IAsyncEnumerable<StoreRecord> ListAsync(RecordKind kind, string? afterName, CancellationToken cancellationToken)
        {
            death.Check();
            return inner.ListAsync(kind, afterName, cancellationToken);
        }

        public async ValueTask<RecordVersion> WriteAsync(RecordKey key, RecordContent content, RecordVersion? expected, Fence? fence, CancellationToken cancellationToken)
        {
            death.Pass();
            var version = await inner.WriteAsync(key, content, expected, fence, cancellationToken);
            death.Pass();
            return version;
        }

        public async ValueTask DeleteAsync(RecordKey key, RecordVersion expected, Fence? fence, CancellationToken cancellationToken)
        {
            death.Pass();
            await inner.DeleteAsync(key, expected, fence, cancellationToken);
            death.Pass();
        }

        public ValueTask<IStoreLease?> TryLeaseAsync(string resource, string owner, TimeSpan duration, CancellationToken cancellationToken) => inner.TryLeaseAsync(resource, owner, duration, cancellationToken);

        public IAsyncEnumerable<StoreChange> WatchAsync(StoreCursor? after, CancellationToken cancellationToken) => inner.WatchAsync(after, cancellationToken);
    }

    internal sealed class Transport(HttpMessageHandler inner, Death death) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            death.Pass();
            var answer = await base.SendAsync(request, cancellationToken);
            death.Pass();
            return answer;
        }
    }
}
