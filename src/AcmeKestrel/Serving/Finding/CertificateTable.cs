using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.Ports;
using AcmeKestrel.Diagnostics;

namespace AcmeKestrel.Serving.Finding;

/// <summary>The certificates that are served now, by name: all that cover one, since which of them is best changes with the clock. Reading takes no lock and allocates nothing; a swap is one reference write for each name.</summary>
/// <param name="opener">Null: what is published is opened when somebody comes for it.</param>
internal sealed class CertificateTable(TimeProvider time, ServingReach reach, LoadedCertificates loaded, CertificateOpener? opener = null, ServingMetrics? metrics = null)
    : ICertificatePublisher, IShownCertificates, IVisitedCertificates
{
    private readonly CandidatesByName _names = new();

    /// <summary>Each label's latest generation, and the names that are wished of each; only for writers.</summary>
    private readonly Dictionary<string, ServedCertificate> _current = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _writing = new();

    /// <summary>By label, the keys under which only older generations of it stand.</summary>
    private readonly Dictionary<string, HashSet<string>> _outgrown = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whose each wished name is; a name is wished once.</summary>
    private readonly ConcurrentDictionary<string, Wisher> _wished = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether what is stored may come in the place of the former one: not of one that visitors get, and that a store which lost its latest has forgotten.</summary>
    private readonly Func<ServedCertificate?, CertificateFacts, bool> _mayFollow = (former, stored) => former is not { IsInHand: true } || !former.Facts.Outlasts(stored.Generation, time.GetUtcNow());

    /// <inheritdoc/>
    public string? Unreachable => reach.Fault;

    /// <inheritdoc/>
    public event Action? ReachChanged
    {
        add => reach.Changed += value;
        remove => reach.Changed -= value;
    }

    /// <inheritdoc/>
    public void Publish(Generation generation) => Publish(CertificateFacts.Of(generation), generation);

    /// <inheritdoc/>
    public void Publish(CertificateFacts stored) => PublishStored(stored, null);

    /// <inheritdoc/>
    public void PublishStored(Generation read)
    {
        var facts = CertificateFacts.Of(read);
        PublishStored(facts, IsCold(facts) ? null : read);
    }

    /// <inheritdoc/>
    public bool IsToBeRead(CertificateFacts stored) => SucceedsOneInUse(stored, _mayFollow);

    /// <inheritdoc/>
    public void PublishFound(Generation generation) => PublishIf((former, _) => former is null, generation);

    /// <summary>What was found in a certificate's place; a newer one of its label that came meanwhile stays.</summary>
    public void Replace(ServedCertificate asked, Generation found) => PublishIf((former, _) => former == asked, found);

    /// <summary>Whether it is served under any name.</summary>
    public bool Holds(ServedCertificate certificate) =>
        certificate.Facts.Names.Any(name => Array.Exists(_names.Of(CandidatesByName.KeyOf(name)), candidate => candidate.Certificate == certificate));

    /// <inheritdoc/>
    public void ChangeWishes(IReadOnlyCollection<WishChange> changes)
    {
        lock (_writing)
        {
            var touched = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (label, _, after) in changes)
            {
                foreach (var key in KeysOf(after))
                {
                    _wished[key] = Wisher.Of(label, after!);
                    touched.Add(key);
                }
            }

            // A name that went from one label to another is that one's by now.
            foreach (var (label, before, after) in changes)
            {
                if (before is null) continue;

                var kept = KeysOf(after).ToHashSet(StringComparer.OrdinalIgnoreCase);
                foreach (var key in KeysOf(before).Where(key => !kept.Contains(key)))
                {
                    _wished.TryRemove(KeyValuePair.Create(key, Wisher.Of(label, before)));
                    touched.Add(key);
                }
            }

            foreach (var key in touched)
            {
                var candidates = _names.Of(key);
                if (!Array.Exists(candidates, candidate => candidate.IsWished != IsWished(candidate.Certificate.Facts.Label, key))) continue;

                _names.Set(key, [.. candidates.Select(candidate => candidate with { IsWished = IsWished(candidate.Certificate.Facts.Label, key) })]);
            }
        }
    }

    /// <inheritdoc/>
    public void Withdraw(string label)
    {
        var gone = new HashSet<ServedCertificate>();
        lock (_writing)
        {
            if (!_current.Remove(label, out var current)) return;

            _outgrown.Remove(label, out var outgrown);
            foreach (var key in KeysOf(current.Facts).Union(outgrown ?? [])) Remove(key, candidate => candidate.IsOf(label), gone);
        }

        foreach (var certificate in gone) certificate.Unload(keepsBytes: false);
    }

    /// <summary>It can be used: what stood beside it while it could not goes.</summary>
    public void Settle(ServedCertificate usable)
    {
        var gone = new HashSet<ServedCertificate>();
        lock (_writing)
        {
            if (_current.GetValueOrDefault(usable.Facts.Label) != usable) return;

            foreach (var key in KeysOf(usable.Facts)) Remove(key, candidate => candidate.IsOf(usable.Facts.Label) && candidate.Certificate != usable, gone);
        }

        UnloadUnheld(gone);
    }

    /// <summary>The best certificate for the name, its own or its wildcard's (<see cref="Merit"/>).</summary>
    public ServedCertificate? Find(string name, KeyFamily accepts)
    {
        // A name that begins with a dot is none, and would be a wildcard's key.
        if (name.StartsWith('.')) return null;

        var best = new BestCandidate(accepts, time.GetUtcNow());
        best.Consider(_names.Of(name), isExact: true);

        // A wildcard stands for exactly one label (RFC 9525 section 6.3).
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        if (dot > 0) best.Consider(_names.Of(name.AsSpan(dot)), isExact: false);
        return best.Certificate;
    }

    /// <inheritdoc/>
    public CertificateFacts? FindShown(string name)
    {
        if (Unreachable is not null) return null;
        if (!name.StartsWith('*')) return Find(name, KeyFamily.All)?.Facts;

        var best = new BestCandidate(KeyFamily.All, time.GetUtcNow());
        best.Consider(_names.Of(CandidatesByName.KeyOf(name)), isExact: false);
        return best.Certificate?.Facts;
    }

    /// <inheritdoc/>
    public bool TakeVisit(string label)
    {
        // One that is shown in its place is the label's as well. Each is asked.
        lock (_writing) return _current.TryGetValue(label, out var current) && StandingFor(current.Facts).FindAll(certificate => certificate.TakeVisit()).Count > 0;
    }

    /// <summary>Whether the name, or its wildcard, is wished or served here.</summary>
    public bool Knows(string name) => _names.Has(name) || _names.Has(WildcardKey(name)) || IsWished(name);

    /// <summary>Whether the name, or its wildcard, is wished here whoever comes for it.</summary>
    public bool IsWishedWithoutVisitors(string name) => _wished.TryGetValue(name, out var wisher) && !wisher.IsOnDemand || _wished.TryGetValue(WildcardKey(name), out wisher) && !wisher.IsOnDemand;

    /// <summary>Whether the name, or its wildcard, is wished here.</summary>
    public bool IsWished(string name) => _wished.ContainsKey(name) || _wished.ContainsKey(WildcardKey(name));

    /// <summary>The certificate that all addresses of the family share, those left aside that have a worse one; null where there are several.</summary>
    public ServedCertificate? FindOnlyAddress(AddressFamily family, KeyFamily accepts)
    {
        ServedCertificate? only = null;
        var (standing, isOnly, now) = (-1, true, time.GetUtcNow());
        foreach (var address in _names.Addresses)
        {
            if (address.Contains(':') != (family == AddressFamily.InterNetworkV6)) continue;

            var best = new BestCandidate(accepts, now);
            best.Consider(_names.Of(address), isExact: true);
            if (best.Certificate is null || best.Merit.Standing < standing) continue;

            if (best.Merit.Standing > standing) (only, standing, isOnly) = (best.Certificate, best.Merit.Standing, true);
            else if (best.Certificate != only) isOnly = false;
        }

        return isOnly ? only : null;
    }

    private void PublishStored(CertificateFacts facts, Generation? read) => Publish(facts, read, _mayFollow);

    /// <summary>Its label has a certificate, and nobody came for one of its names lately.</summary>
    private bool IsCold(CertificateFacts facts)
    {
        lock (_writing) return _current.TryGetValue(facts.Label, out var current) && !current.IsInHand && !IsInUse(facts);
    }

    /// <param name="may">Whether it may come in the place of that one; null: the label has none.</param>
    private void PublishIf(Func<ServedCertificate?, CertificateFacts, bool> may, Generation generation) => Publish(CertificateFacts.Of(generation), generation, may);

    /// <param name="inHand">Its bytes, where they need not be read.</param>
    /// <param name="may">As above; null: whatever there is.</param>
    private void Publish(CertificateFacts facts, Generation? inHand, Func<ServedCertificate?, CertificateFacts, bool>? may = null)
    {
        var certificate = new ServedCertificate(facts, inHand);

        // Visitors of one that is in use neither wait for the next one to be opened nor lose it to one that TLS cannot use.
        var isUsable = inHand is null || opener is null || !SucceedsOneInUse(facts, may) || opener.TryOpen(certificate, inHand);
        ServedCertificate? old, gone;
        HashSet<ServedCertificate>? displaced = null;
        lock (_writing)
        {
            ref var current = ref CollectionsMarshal.GetValueRefOrNullRef(_current, facts.Label);
            old = Unsafe.IsNullRef(ref current) ? null : current;

            // The same generation again keeps its context, and with it the clients' sessions.
            if (may?.Invoke(old, facts) is false || (old is not null && IsSame(old.Facts, facts)))
            {
                certificate.Unload(keepsBytes: false);
                return;
            }

            if (Unsafe.IsNullRef(ref current)) _current.Add(facts.Label, certificate);
            else current = certificate;
            var succeeded = 0;
            foreach (var name in facts.Names.AsSpan())
            {
                if (Show(certificate, CandidatesByName.KeyOf(name), old, isUsable, ref displaced)) succeeded++;
            }

            // Names that the label's older generation had beside these stay on it: an old certificate is better than none. Mostly it stood under as many as it has, and they need not be looked at.
            var isOutgrown = old is not null && succeeded < old.NameCount && !facts.Names.ContainsAll(old.Facts.Names);
            if (_outgrown.Count > 0 && _outgrown.TryGetValue(facts.Label, out var outgrown)) outgrown.ExceptWith(KeysOf(facts));
            if (isOutgrown) Outgrow(facts.Label, KeysOf(old!.Facts).Except(KeysOf(facts)));
            gone = isOutgrown || !isUsable ? null : old;
        }

        // It is served; what the platform had of the old one is given back, and whoever listens hears of the swap, while nobody waits.
        if (old is not null) metrics?.Swapped();
        if (inHand is not null) loaded.Add(certificate);
        gone?.Unload(keepsBytes: false);
        if (displaced is not null) UnloadUnheld(displaced);
    }

    private bool SucceedsOneInUse(CertificateFacts facts, Func<ServedCertificate?, CertificateFacts, bool>? may)
    {
        lock (_writing) return _current.TryGetValue(facts.Label, out var current) && !IsSame(current.Facts, facts) && may?.Invoke(current, facts) is not false && IsInUse(facts);
    }

    /// <summary>Visitors of one of these names are shown a certificate of the label: its latest, or one that stands in for it.</summary>
    private bool IsInUse(CertificateFacts facts) => StandingFor(facts).Exists(certificate => certificate.IsLoaded);

    /// <summary>What the label has under these names.</summary>
    private List<ServedCertificate> StandingFor(CertificateFacts facts)
    {
        var standing = new List<ServedCertificate>();
        foreach (var name in facts.Names.AsSpan())
        {
            foreach (var candidate in _names.Of(CandidatesByName.KeyOf(name)))
            {
                if (candidate.IsOf(facts.Label)) standing.Add(candidate.Certificate);
            }
        }

        return standing;
    }

    /// <summary>The dates first: of a certificate that nobody came for lately each string is another wait for memory.</summary>
    private static bool IsSame(CertificateFacts one, CertificateFacts other) => one.NotAfter == other.NotAfter && one.Generation == other.Generation && one.IsSameAs(other);

    /// <summary>Whether the old one stood there.</summary>
    /// <param name="isUsable">False: what the label had there that can be used stays beside it.</param>
    /// <param name="displaced">Takes what else the label had there, but for the old one of a usable one.</param>
    private bool Show(ServedCertificate certificate, string key, ServedCertificate? old, bool isUsable, ref HashSet<ServedCertificate>? displaced)
    {
        var before = _names.Of(key);

        // Mostly a name has one certificate, and what is wished of it does not change with that.
        if (isUsable && before is [var only] && only.Certificate == old)
        {
            _names.Set(key, [only with { Certificate = certificate }]);
            return true;
        }

        var label = certificate.Facts.Label;
        var hadOld = false;
        List<Candidate> candidates = [new Candidate(certificate, IsWished(label, key))];
        foreach (var candidate in before)
        {
            hadOld |= candidate.Certificate == old;
            if (!candidate.IsOf(label) || (!isUsable && !candidate.Certificate.WasBroken)) candidates.Add(candidate);
            else if (!isUsable || candidate.Certificate != old) (displaced ??= []).Add(candidate.Certificate);
        }

        _names.Set(key, [.. candidates]);
        return hadOld;
    }

    private void Remove(string key, Predicate<Candidate> which, HashSet<ServedCertificate> gone)
    {
        var before = _names.Of(key);
        if (!Array.Exists(before, which)) return;

        gone.UnionWith(before.Where(candidate => which(candidate)).Select(candidate => candidate.Certificate));
        _names.Set(key, Array.FindAll(before, candidate => !which(candidate)));
    }

    /// <summary>Some of it may still stand under another name.</summary>
    private void UnloadUnheld(IEnumerable<ServedCertificate> displaced)
    {
        foreach (var certificate in displaced)
        {
            if (!Holds(certificate)) certificate.Unload(keepsBytes: false);
        }
    }

    private void Outgrow(string label, IEnumerable<string> keys)
    {
        if (!_outgrown.TryGetValue(label, out var outgrown)) _outgrown[label] = outgrown = new(StringComparer.OrdinalIgnoreCase);
        outgrown.UnionWith(keys);
    }

    private static IEnumerable<string> KeysOf(CertificateFacts facts) => facts.Names.Select(CandidatesByName.KeyOf);

    private static string WildcardKey(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? name[dot..] : name;

    private bool IsWished(string label, string key) => _wished.TryGetValue(key, out var wisher) && wisher.Label.Equals(label, StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> KeysOf(Wish? wish) => wish is null ? [] : wish.Required.Concat(wish.Optional).Select(name => CandidatesByName.KeyOf(name.Value));

    /// <summary>Whose wish a name is.</summary>
    private readonly record struct Wisher(string Label, bool IsOnDemand)
    {
        public static Wisher Of(string label, Wish wish) => new(label, wish.Source == AcmeWishSource.OnDemand);
    }
}
