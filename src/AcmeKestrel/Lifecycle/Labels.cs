using System.Collections.Concurrent;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle;

/// <summary>The labels that this process knows, wished or stored, and what is wished of them.</summary>
internal sealed class Labels
{
    private readonly ConcurrentDictionary<string, LabelEntry> _entries = new(StringComparer.Ordinal);
    private volatile IReadOnlyDictionary<string, Wish> _wishes = new Dictionary<string, Wish>();

    public ICollection<LabelEntry> All => _entries.Values;

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

    public void SetWishes(IEnumerable<Wish> wishes)
    {
        _wishes = wishes.ToDictionary(wish => wish.Label, StringComparer.Ordinal);
        foreach (var label in _wishes.Keys) Of(label);
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
    }
}
