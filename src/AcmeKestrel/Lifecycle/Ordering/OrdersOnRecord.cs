using System.Collections.Concurrent;

namespace AcmeKestrel.Lifecycle.Ordering;

/// <summary>The URLs of the orders that the state has in flight: what is in an account's list and not here may be what a killed process made.</summary>
internal sealed class OrdersOnRecord
{
    private readonly ConcurrentDictionary<string, bool> _urls = new(StringComparer.Ordinal);

    /// <param name="inFlight">As they were read with the state.</param>
    public void Begin(IEnumerable<PendingOrder> inFlight)
    {
        _urls.Clear();
        foreach (var order in inFlight) Add(order.OrderUrl);
    }

    /// <param name="url">Null: nobody knows whether there is one.</param>
    public void Add(string? url)
    {
        if (url is not null) _urls[url] = true;
    }

    public void Remove(string? url)
    {
        if (url is not null) _urls.TryRemove(url, out _);
    }

    public bool Contains(string url) => _urls.ContainsKey(url);
}
