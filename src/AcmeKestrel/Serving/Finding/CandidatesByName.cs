using System.Collections.Concurrent;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>For each name all certificates that cover it, the one published last first. Reading takes no lock and allocates nothing; a change is one reference write, by one writer at a time.</summary>
internal sealed class CandidatesByName
{
    private readonly ConcurrentDictionary<string, Candidate[]> _names = new(StringComparer.OrdinalIgnoreCase);
    private volatile string[] _addresses = [];

    /// <summary>Those of the keys that are addresses.</summary>
    public IReadOnlyList<string> Addresses => _addresses;

    /// <summary>A wildcard's key is the name without its star: that is what a lookup has without making a string.</summary>
    public static string KeyOf(string name) => name.StartsWith('*') ? name[1..] : name;

    public bool Has(string key) => _names.ContainsKey(key);

    /// <summary>Empty where there is none.</summary>
    public Candidate[] Of(string key) => _names.TryGetValue(key, out var candidates) ? candidates : [];

    /// <inheritdoc cref="Of(string)"/>
    public Candidate[] Of(ReadOnlySpan<char> key) => _names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(key, out var candidates) ? candidates : [];

    public void Set(string key, Candidate[] candidates)
    {
        if (candidates.Length > 0) _names[key] = candidates;
        else _names.TryRemove(key, out _);

        if (AddressText.LooksLikeAddress(key)) SetAddress(key, isCovered: candidates.Length > 0);
    }

    private void SetAddress(string key, bool isCovered)
    {
        if (!isCovered) _addresses = Array.FindAll(_addresses, address => address != key);
        else if (!_addresses.Contains(key)) _addresses = [.. _addresses, key];
    }
}
