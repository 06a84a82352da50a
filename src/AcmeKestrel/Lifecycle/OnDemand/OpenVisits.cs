namespace AcmeKestrel.Lifecycle.OnDemand;

/// <summary>Names whose visits are to be put on record, in the order in which they are asked for.</summary>
internal sealed class OpenVisits
{
    private readonly Queue<string> _order = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public int Count => _order.Count;

    public string First => _order.Peek();

    public bool Has(string name) => _names.Contains(name);

    /// <summary>Behind all others, unless it is there.</summary>
    public void Add(string name)
    {
        if (_names.Add(name)) _order.Enqueue(name);
    }

    /// <summary>The first one is done.</summary>
    public void Remove() => _names.Remove(_order.Dequeue());

    /// <summary>The first one is behind all others now: what ails it holds up none of them.</summary>
    public void Postpone() => _order.Enqueue(_order.Dequeue());

    /// <summary>All of them; none is left.</summary>
    public IReadOnlyList<string> TakeAll()
    {
        var all = _order.ToArray();
        _order.Clear();
        _names.Clear();
        return all;
    }
}
