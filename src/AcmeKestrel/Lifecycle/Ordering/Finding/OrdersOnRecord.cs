using System.Collections.Concurrent;

namespace AcmeKestrel.Lifecycle.Ordering.Finding;

/// <summary>The orders that the state has in flight: what is in an account's list and not here may be what a killed process made.</summary>
internal sealed class OrdersOnRecord
{
    private readonly ConcurrentDictionary<string, bool> _urls = new(StringComparer.Ordinal);

    /// <summary>By <see cref="PendingOrder.Id"/>.</summary>
    private readonly ConcurrentDictionary<string, bool> _left = new(StringComparer.Ordinal);

    /// <param name="inFlight">As they were read with the state.</param>
    public void Begin(IEnumerable<PendingOrder> inFlight)
    {
        _urls.Clear();
        _left.Clear();
        foreach (var order in inFlight)
        {
            if (order.OrderUrl is { } url) Add(url);
            else _left[order.Id] = true;
        }
    }

    public void Add(string url) => _urls[url] = true;

    /// <param name="url">Null: nobody knows whether there is one.</param>
    public void Remove(string? url)
    {
        if (url is not null) _urls.TryRemove(url, out _);
    }

    public bool Contains(string url) => _urls.ContainsKey(url);

    /// <summary>A process before this one left the intent, and this one has ordered nothing for it.</summary>
    public bool IsLeft(string intent) => _left.ContainsKey(intent);

    /// <summary>An order for it may be this process' from now on.</summary>
    public void Settle(string intent) => _left.TryRemove(intent, out _);
}
