using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Lifecycle.Accounts;
using AcmeKestrel.Lifecycle.Ordering;
using AcmeKestrel.Lifecycle.Ordering.Finding;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Lifecycle.Telling;

namespace AcmeKestrel.Lifecycle;

/// <summary>The labels that this process knows, wished or stored, and what is wished of them.</summary>
internal sealed class Labels : IAccountTraces, IStoredGenerations
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, LabelEntry> _entries = new(StringComparer.Ordinal);

    /// <summary>Sorted out when somebody asks: where nothing was ever left behind nobody does.</summary>
    private LeftBehind? _leftBehind;

    /// <summary>Wishes by their first name, for those who look for heirs; null: not sorted out since they changed.</summary>
    private ILookup<string, Wish>? _byFirstName;

    public ICollection<LabelEntry> All => _entries.Values;

    /// <summary>Every wish could be read. Where one could not, nobody knows whose label is wished no more.</summary>
    public bool AreWishesWhole { get; private set; }

    /// <summary>The wishes were read, whole or not, and are known to TLS: before, nobody knows who is a stranger.</summary>
    public bool AreWishesKnown { get; set; }

    /// <summary>What is wished.</summary>
    public IEnumerable<Wish> Wishes => _entries.Select(known => known.Value.Wish).OfType<Wish>();

    /// <summary>Null: neither wished nor stored.</summary>
    public LabelEntry? FindEntry(string label) => _entries.GetValueOrDefault(label);

    public LabelEntry Of(string label) => _entries.GetOrAdd(label, static label => new LabelEntry(label));

    /// <inheritdoc/>
    public IEnumerable<string> AccountsAt(CaKey ca) => _entries.Select(known => known.Value.Facts.Certificate).OfType<CertificateFacts>().Where(certificate => certificate.Ca == ca).Select(certificate => certificate.AccountUrl).Distinct(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IEnumerable<string> NewestGenerations => _entries.Select(known => known.Value.Facts.Certificate?.Generation).OfType<string>();

    /// <summary>The same of what others may look at.</summary>
    public LabelFacts? Find(string label) => FindEntry(label)?.Facts;

    public LabelView ViewOf(string label)
    {
        var facts = Of(label).Facts;
        return new LabelView(label, WishOf(label), facts.Certificate, facts.Schedule) { Revocation = facts.Revocation };
    }

    /// <summary>Null: not wished (any more); what is stored is served on.</summary>
    public Wish? WishOf(string label) => _entries.GetValueOrDefault(label)?.Wish;

    /// <summary>The label whose wish has the name, or its wildcard; null: none has. No index is kept for it: it is asked for where a stronger source wishes what the application does.</summary>
    public string? FindCovering(string name)
    {
        var wildcard = DomainName.WildcardAbove(name);
        foreach (var (label, entry) in _entries)
        {
            if (entry.Wish is { } wish && (Has(wish.Required) || Has(wish.Optional))) return label;
        }

        return null;

        bool Has(IReadOnlyList<AcmeIdentifier> names)
        {
            for (var i = 0; i < names.Count; i++)
            {
                if (names[i].Value == name || names[i].Value == wildcard) return true;
            }

            return false;
        }
    }

    /// <param name="areWhole">None was left out for a fault in it, or because its source could not be read.</param>
    public void Change(IReadOnlyCollection<WishChange> changes, bool areWhole)
    {
        lock (_gate)
        {
            AreWishesWhole = areWhole;
            foreach (var (label, _, after) in changes) Of(label).Wish = after;

            if (_leftBehind is { } left)
            {
                foreach (var label in changes.Select(change => change.Label).Concat(left.HadOrders).ToList()) PutLeft(left, Of(label));
            }

            if (changes.Count > 0) _byFirstName = null;
        }
    }

    /// <summary>Certificates for exactly these names whose labels are wished no more, or for none of them. Mostly there is none at all, and then no name need be looked for.</summary>
    public IReadOnlyList<LabelFacts> LeftBehind(Func<IEnumerable<string>> names)
    {
        lock (_gate)
        {
            var left = SortedOut();
            if (!left.AnyCertificate) return [];

            var wanted = names().ToList();
            return [.. left.WithCertificate(wanted).Select(Of).Where(entry => IsLeft(entry, wanted)).Select(entry => entry.Facts).Where(facts => facts.Certificate?.Names.SetEquals(wanted) is true)];
        }
    }

    /// <summary>
    /// Labels that are wished no more, or for none of its names, and had an order in flight for this wish when the wishes changed; it may have ended. Mostly there is none at all, and then no wish need be
    /// told by its print.
    /// </summary>
    public IReadOnlyList<(string Label, LabelFacts Facts)> OrdersLeft(Wish wish, Provider provider)
    {
        lock (_gate)
        {
            var left = SortedOut();
            return left.AnyOrder
                ? [.. left.WithOrder(WishPrint.Of(wish, provider)).Concat(left.WithOrder(WishPrint.OfNames(wish, provider))).Select(Of).Where(entry => IsLeft(entry, NamesOf(wish))).Select(entry => (entry.Label, entry.Facts))]
                : [];
        }
    }

    /// <summary>Wished labels without an order of their own whose wish this order is for: they wait for what it brings.</summary>
    public IReadOnlyList<string> HeirsOf(PendingOrder order, IReadOnlyDictionary<string, Provider> providers)
    {
        ILookup<string, Wish> byFirstName;
        lock (_gate) byFirstName = _byFirstName ??= Wishes.ToLookup(wish => wish.Required[0].Value, StringComparer.Ordinal);
        return [.. order.Identifiers
            .SelectMany(name => byFirstName[name])
            .Where(wish => wish.Required.All(name => order.Identifiers.Contains(name.Value)))
            .Where(wish => wish.Label != order.Label && wish.Providers.Any(name => providers.TryGetValue(name, out var provider) && order.Purpose.IsFor(wish, provider)))
            .Select(wish => wish.Label)
            .Where(label => Of(label).Facts.OrderedFor is null)];
    }

    /// <summary>Of a label that is not wished nothing is left. One that is wished by now stays.</summary>
    public void Forget(string label)
    {
        LabelEntry? gone;
        lock (_gate)
        {
            if (WishOf(label) is not null || !_entries.TryRemove(label, out gone)) return;
            _leftBehind?.Take(label);
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
        lock (_gate) _leftBehind = null;
    }

    private LeftBehind SortedOut()
    {
        if (_leftBehind is { } known) return known;

        _leftBehind = new LeftBehind();
        foreach (var entry in _entries.Values) PutLeft(_leftBehind, entry);
        return _leftBehind;
    }

    private void PutLeft(LeftBehind left, LabelEntry entry)
    {
        var facts = entry.Facts;
        left.Put(entry.Label, facts.Certificate is { } certificate && IsLeft(entry, certificate.Names) ? certificate : null, facts.OrderedFor is { } purpose ? purpose.NamesPrint ?? purpose.WishPrint : null);
    }

    /// <summary>A name is wished once: where the label is wished for others, these are another one's by now.</summary>
    private bool IsLeft(LabelEntry entry, IEnumerable<string> names) => WishOf(entry.Label) is not { } wish || !NamesOf(wish).Intersect(names).Any();

    private static IEnumerable<string> NamesOf(Wish wish) => wish.Required.Concat(wish.Optional).Select(name => name.Value);
}
