using AcmeKestrel.Certificates;

namespace AcmeKestrel.Lifecycle.Stored;

/// <summary>
/// Labels that are wished no more, or for other names, by what another label may have of them: a certificate by its names, an order in flight by what it is for. It says where to look: what it says of
/// a label may have passed. Not safe for several threads.
/// </summary>
internal sealed class LeftBehind
{
    /// <summary>By a number that stands for the names: of a hundred thousand labels the names themselves are kept once, with their certificates.</summary>
    private readonly Dictionary<int, string[]> _certificates = [];
    private readonly Dictionary<string, string[]> _orders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int? Names, string? Print)> _labels = new(StringComparer.Ordinal);

    public bool AnyCertificate => _certificates.Count > 0;

    public bool AnyOrder => _orders.Count > 0;

    /// <summary>Labels that had an order in flight when they were put here: they may have its certificate by now.</summary>
    public IEnumerable<string> HadOrders => _orders.Values.SelectMany(labels => labels);

    /// <param name="label">One that is here already is from now on by what has become of it.</param>
    /// <param name="certificate">Null: none that is left.</param>
    /// <param name="print">What its order in flight is for; null: it has none.</param>
    public void Put(string label, CertificateFacts? certificate, string? print)
    {
        int? names = certificate is null ? null : NumberOf(certificate.Names);
        Take(label);
        if (names is null && print is null) return;

        _labels[label] = (names, print);
        if (names is { } number) Add(_certificates, number, label);
        if (print is not null) Add(_orders, print, label);
    }

    public void Take(string label)
    {
        if (!_labels.Remove(label, out var known)) return;
        if (known.Names is { } number) Remove(_certificates, number, label);
        if (known.Print is { } print) Remove(_orders, print, label);
    }

    public IReadOnlyList<string> WithCertificate(IEnumerable<string> names) => _certificates.GetValueOrDefault(NumberOf(names), []);

    public IReadOnlyList<string> WithOrder(string print) => _orders.GetValueOrDefault(print, []);

    /// <summary>In whatever order they are.</summary>
    private static int NumberOf(IEnumerable<string> names) => names.Aggregate(0, (sum, name) => unchecked(sum + string.GetHashCode(name, StringComparison.Ordinal)));

    private static void Add<TKey>(Dictionary<TKey, string[]> labels, TKey key, string label)
        where TKey : notnull => labels[key] = [.. labels.GetValueOrDefault(key, []), label];

    private static void Remove<TKey>(Dictionary<TKey, string[]> labels, TKey key, string label)
        where TKey : notnull
    {
        var left = Array.FindAll(labels[key], other => other != label);
        if (left.Length > 0) labels[key] = left;
        else labels.Remove(key);
    }
}
