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

    internal sealed class Store(IAcmeStore inner, Death death) : DelegatingStore(inner)
    {
        public override ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
        {
            death.Check();
            return base.ReadAsync(key, cancellationToken);
        }

        public override IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            death.Check();
            return base.ListAsync(query, cancellationToken);
        }

        public override IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, CancellationToken cancellationToken)
        {
            death.Check();
            return base.ListEntriesAsync(query, cancellationToken);
        }

        public override IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, CancellationToken cancellationToken)
        {
            death.Check();
            return base.ListHeadsAsync(query, cancellationToken);
        }

        public override async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
        {
            death.Pass();
            var version = await base.WriteAsync(write, cancellationToken);
            death.Pass();
            return version;
        }

        public override async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
        {
            death.Pass();
            var removed = await base.DeleteAsync(deletion, cancellationToken);
            death.Pass();
            return removed;
        }
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
