using System.Collections.Concurrent;
using System.Net.Sockets;
using AcmeKestrel.Certificates;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Serving;

/// <summary>The certificates that are served now, by name: all that cover one, since which of them is best changes with the clock. Reading takes no lock and allocates nothing; a swap is one reference write for each name.</summary>
internal sealed class CertificateTable(TimeProvider time, ServingReach reach, ILogger<CertificateTable> logger) : ICertificatePublisher
{
    /// <summary>For each name the certificates that cover it, the one published last first. Never empty.</summary>
    private readonly ConcurrentDictionary<string, Candidate[]> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Each label's latest generation, and the names that are wished of each; only for writers.</summary>
    private readonly Dictionary<string, ServedCertificate> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _writing = new();
    private Dictionary<string, HashSet<string>> _wished = [];
    private volatile HashSet<string> _wishedNames = [];
    private volatile string[] _addresses = [];

    /// <inheritdoc/>
    public string? Unreachable => reach.Fault;

    /// <inheritdoc/>
    public void Publish(Generation generation)
    {
        lock (_writing)
        {
            // The same generation again keeps its context, and with it the clients' sessions.
            if (_current.TryGetValue(generation.Label, out var old) && old.Generation.Id == generation.Id) return;

            var certificate = new ServedCertificate(generation, time, logger);
            _current[generation.Label] = certificate;

            // Names that the label's older generation had beside these stay on it: an old certificate is better than none.
            foreach (var key in Keys(generation.Chain.Identifiers))
            {
                var others = _names.TryGetValue(key, out var candidates) ? candidates.Where(candidate => !candidate.IsOf(generation.Label)) : [];
                Set(key, [new Candidate(certificate, IsWished(generation.Label, key)), .. others]);
            }
        }
    }

    /// <inheritdoc/>
    public void SetWishes(IReadOnlyCollection<Wish> wishes)
    {
        lock (_writing)
        {
            var wished = new Dictionary<string, HashSet<string>>(StringComparer.OrdinalIgnoreCase);
            foreach (var wish in wishes) wished[wish.Label] = Keys(wish.Required.Concat(wish.Optional)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            _wished = wished;
            _wishedNames = wished.Values.SelectMany(keys => keys).ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (var (key, candidates) in _names)
            {
                if (!Array.Exists(candidates, candidate => candidate.IsWished != IsWished(candidate.Certificate.Generation.Label, key))) continue;

                Set(key, [.. candidates.Select(candidate => candidate with { IsWished = IsWished(candidate.Certificate.Generation.Label, key) })]);
            }
        }
    }

    /// <inheritdoc/>
    public void Withdraw(string label)
    {
        lock (_writing)
        {
            if (!_current.Remove(label)) return;

            foreach (var (key, candidates) in _names)
            {
                if (Array.Exists(candidates, candidate => candidate.IsOf(label))) Set(key, Array.FindAll(candidates, candidate => !candidate.IsOf(label)));
            }
        }
    }

    /// <summary>The best certificate for the name, its own or its wildcard's (<see cref="Merit"/>).</summary>
    public ServedCertificate? Find(string name, KeyFamily accepts)
    {
        // A name that begins with a dot is none, and would be a wildcard's key.
        if (name.StartsWith('.')) return null;

        var best = new BestCandidate(accepts, time.GetUtcNow());
        if (_names.TryGetValue(name, out var exact)) best.Consider(exact, isExact: true);

        // A wildcard stands for exactly one label (RFC 9525 section 6.3).
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0 && _names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name.AsSpan(dot), out var wildcard)) best.Consider(wildcard, isExact: false);
        return best.Certificate;
    }

    /// <summary>Whether the name, or its wildcard, is wished or served here.</summary>
    public bool Knows(string name)
    {
        var wildcard = name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[dot..] : name;
        return _names.ContainsKey(name) || _names.ContainsKey(wildcard) || _wishedNames.Contains(name) || _wishedNames.Contains(wildcard);
    }

    /// <summary>The certificate that all addresses of the family share, those left aside that have a worse one; null where there are several.</summary>
    public ServedCertificate? FindOnlyAddress(AddressFamily family, KeyFamily accepts)
    {
        ServedCertificate? only = null;
        var (standing, isOnly, now) = (-1, true, time.GetUtcNow());
        foreach (var address in _addresses)
        {
            if (address.Contains(':') != (family == AddressFamily.InterNetworkV6) || !_names.TryGetValue(address, out var candidates)) continue;

            var best = new BestCandidate(accepts, now);
            best.Consider(candidates, isExact: true);
            if (best.Certificate is null || best.Merit.Standing < standing) continue;

            if (best.Merit.Standing > standing) (only, standing, isOnly) = (best.Certificate, best.Merit.Standing, true);
            else if (best.Certificate != only) isOnly = false;
        }

        return isOnly ? only : null;
    }

    private void Set(string key, Candidate[] candidates)
    {
        if (candidates.Length > 0) _names[key] = candidates;
        else _names.TryRemove(key, out _);

        if (!AddressText.LooksLikeAddress(key)) return;
        if (candidates.Length == 0) _addresses = Array.FindAll(_addresses, address => address != key);
        else if (!_addresses.Contains(key)) _addresses = [.. _addresses, key];
    }

    private bool IsWished(string label, string key) => _wished.TryGetValue(label, out var keys) && keys.Contains(key);

    /// <summary>A wildcard's key is the name without its star: that is what a lookup has without making a string.</summary>
    private static IEnumerable<string> Keys(IEnumerable<AcmeIdentifier> identifiers) =>
        identifiers.Select(identifier => identifier.IsWildcard ? identifier.Value[1..] : identifier.Value);
}
