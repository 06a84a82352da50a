using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Stored;

namespace AcmeKestrel.Lifecycle;

/// <summary>The labels that this process knows, wished or stored, and what is wished of them.</summary>
internal sealed class Labels
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LabelEntry> _entries = new(StringComparer.Ordinal);
    private volatile Dictionary<string, Wish> _wishes = [];
    private volatile Lazy<ILookup<string, LabelFacts>> _leftBehind = new(Enumerable.Empty<LabelFacts>().ToLookup(_ => ""));
    private volatile Lazy<ILookup<string, LabelEntry>> _ordersLeft = new(Enumerable.Empty<LabelEntry>().ToLookup(_ => ""));

    public ICollection<LabelEntry> All => _entries.Values;

    /// <summary>Every wish could be read. Where one could not, nobody knows whose label is wished no more.</summary>
    public bool AreWishesWhole { get; private set; }

    /// <summary>What is wished, by label.</summary>
    public IReadOnlyDictionary<string, Wish> Wishes => _wishes;

    public LabelEntry Of(string label) => _entries.GetOrAdd(label, static label => new LabelEntry(label));

    public LabelView ViewOf(string label)
    {
        var facts = Of(label).Facts;
        return new LabelView(label, WishOf(label), facts.Certificate, facts.Schedule);
    }

    /// <summary>Null: not wished (any more); what is stored is served on.</summary>
    public Wish? WishOf(string label) => _wishes.GetValueOrDefault(label);

    /// <param name="areWhole">None was left out for a fault in it, or because its source could not be read.</param>
    public void SetWishes(IEnumerable<Wish> wishes, bool areWhole)
    {
        var byLabel = wishes.ToDictionary(wish => wish.Label, StringComparer.Ordinal);
        lock (_gate)
        {
            (_wishes, AreWishesWhole) = (byLabel, areWhole);
            foreach (var label in byLabel.Keys) Of(label);
        }

        LookBehind();
    }

    /// <summary>Mostly nothing is, and then no name need be looked for.</summary>
    public bool AnyLeftBehind => _leftBehind.Value.Count > 0;

    /// <summary>Certificates for exactly these names whose labels are wished no more, or for none of them.</summary>
    public IEnumerable<LabelFacts> LeftBehind(IEnumerable<string> names) => _leftBehind.Value[KeyOf(names)];

    /// <summary>Mostly there is none, and then no wish need be told by its print.</summary>
    public bool AnyOrderLeft => _ordersLeft.Value.Count > 0;

    /// <summary>Labels that are wished no more, or for none of its names, and had an order in flight for this wish when the wishes were read; it may have ended.</summary>
    public IEnumerable<(string Label, LabelFacts Facts)> OrdersLeft(Wish wish, Provider provider) => _ordersLeft.Value[WishPrint.Of(wish, provider)]
        .Concat(_ordersLeft.Value[WishPrint.OfNames(wish, provider)])
        .Where(entry => IsLeft(entry, name => NamesOf(wish).Contains(name)))
        .Select(entry => (entry.Label, entry.Facts));

    /// <summary>Wished labels without an order of their own whose wish this order is for: they wait for what it brings.</summary>
    public IReadOnlyList<string> HeirsOf(PendingOrder order, IReadOnlyDictionary<string, Provider> providers) => [.. _wishes.Values
        .Where(wish => wish.Required.All(name => order.Identifiers.Contains(name.Value)))
        .Where(wish => wish.Label != order.Label && providers.TryGetValue(wish.Provider, out var provider) && order.Purpose.IsFor(wish, provider))
        .Select(wish => wish.Label)
        .Where(label => Of(label).Facts.OrderedFor is null)];

    /// <summary>Of a label that is not wished nothing is left. One that is wished by now stays.</summary>
    public void Forget(string label)
    {
        LabelEntry? gone;
        lock (_gate)
        {
            if (_wishes.ContainsKey(label) || !_entries.TryRemove(label, out gone)) return;
        }

        gone.Leave();
    }

    /// <summary>The state as it was read. Nobody may be at work.</summary>
    public void Adopt(IReadOnlyList<LoadedLabel> state)
    {
        var gone = _entries.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var loaded in state)
        {
            Of(loaded.Label).Adopt(loaded);
            gone.Remove(loaded.Label);
        }

        foreach (var label in gone) Of(label).Adopt(new LoadedLabel(label));
        LookBehind();
    }

    /// <summary>Sorted out once for each change, by whoever asks first.</summary>
    private void LookBehind()
    {
        _leftBehind = new(() => _entries.Values
            .Where(entry => entry.Facts.Certificate is { } certificate && IsLeft(entry, certificate.Names.Contains))
            .Select(entry => entry.Facts)
            .Where(facts => facts.Certificate is not null)
            .ToLookup(facts => KeyOf(facts.Certificate!.Names), StringComparer.Ordinal));
        _ordersLeft = new(() => _entries.Values
            .Select(entry => (Entry: entry, Purpose: entry.Facts.OrderedFor))
            .Where(left => left.Purpose is not null)
            .ToLookup(left => left.Purpose!.NamesPrint ?? left.Purpose.WishPrint, left => left.Entry, StringComparer.Ordinal));
    }

    /// <summary>A name is wished once: where the label is wished for others, these are another one's by now.</summary>
    private bool IsLeft(LabelEntry entry, Func<string, bool> isAmongThem) => WishOf(entry.Label) is not { } wish || !NamesOf(wish).Any(isAmongThem);

    private static IEnumerable<string> NamesOf(Wish wish) => wish.Required.Concat(wish.Optional).Select(name => name.Value);

    private static string KeyOf(IEnumerable<string> names) => string.Join(' ', names.Order(StringComparer.Ordinal));
}
