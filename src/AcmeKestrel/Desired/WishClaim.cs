using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired;

/// <summary>An entry among all the others, and what became of it there.</summary>
internal sealed class WishClaim(WishEntry entry)
{
    public WishEntry Entry => entry;

    /// <summary>Null: others have all that it names, or its label.</summary>
    public Wish? Wish { get; set; }

    /// <summary>Whom it belongs to, or could: its names and its label, and the bare domains that its names would bring along. Each once.</summary>
    public IEnumerable<string> Keys => entry.Names.Count == 1 ? AllKeys() : AllKeys().Distinct(StringComparer.Ordinal);

    private IEnumerable<string> AllKeys()
    {
        if (entry.Label is { } label) yield return label;
        foreach (var name in entry.Names)
        {
            if (name.Value != entry.Label) yield return name.Value;
            if (BareDomain.TextOf(name) is { } domain && domain != entry.Label) yield return domain;
        }
    }
}
