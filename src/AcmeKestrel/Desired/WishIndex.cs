using System.Runtime.InteropServices;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;

namespace AcmeKestrel.Desired;

/// <summary>
/// The merged entries of all sources, kept: a change merges those anew that could have to do with it, by a name, a label or a wildcard, and leaves a hundred thousand others as they are.
/// What comes of it is what merging all of them would give.
/// </summary>
internal sealed class WishIndex(PublicSuffixList suffixes)
{
    /// <summary>By what they belong to (<see cref="WishClaim.Keys"/>).</summary>
    private readonly Dictionary<string, Claimants> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<WishClaim, List<DesiredProblem>> _troubled = [];
    private int _count;

    /// <summary>Why entries were left out, wholly or in part.</summary>
    public IEnumerable<DesiredProblem> Problems => _troubled.Values.SelectMany(problems => problems);

    /// <returns>What is wished otherwise than before; a wish that says the same stays the same object.</returns>
    public IReadOnlyList<WishChange> Change(ClaimChanges changed, WishDefaults defaults)
    {
        var (gone, come) = (changed.Gone, changed.Come);
        foreach (var claim in gone) Remove(claim);
        foreach (var claim in come) Add(claim);
        SpareRoom.Trim(_byKey);

        var concerned = come.Count == _count ? [.. come] : Concerned(gone.Concat(come));
        var former = new Dictionary<string, Wish>(StringComparer.Ordinal);
        foreach (var claim in gone.Concat(concerned))
        {
            if (claim.Wish is { } wish) former[wish.Label] = wish;
        }

        concerned.ExceptWith(gone);
        var (wishes, problems) = WishMerging.Merge(concerned, defaults, suffixes);
        var changes = new List<WishChange>();
        foreach (var claim in concerned)
        {
            SetProblems(claim, problems.GetValueOrDefault(claim));
            claim.Wish = wishes.GetValueOrDefault(claim);
            if (claim.Wish is not { } wish) continue;

            if (!former.Remove(wish.Label, out var before)) changes.Add(new WishChange(wish.Label, null, wish));
            else if (before.IsSameAs(wish)) claim.Wish = before;
            else changes.Add(new WishChange(wish.Label, before, wish));
        }

        changes.AddRange(former.Values.Select(wish => new WishChange(wish.Label, wish, null)));
        return changes;
    }

    private void Add(WishClaim claim)
    {
        _count++;
        foreach (var key in claim.Keys) CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out _).Add(claim);
    }

    private void Remove(WishClaim claim)
    {
        _count--;
        _troubled.Remove(claim);
        foreach (var key in claim.Keys)
        {
            ref var claimants = ref CollectionsMarshal.GetValueRefOrNullRef(_byKey, key);
            claimants.Remove(claim);
            if (claimants.IsEmpty) _byKey.Remove(key);
        }
    }

    private void SetProblems(WishClaim claim, List<DesiredProblem>? problems)
    {
        if (problems is null) _troubled.Remove(claim);
        else _troubled[claim] = problems;
    }

    /// <summary>All that share something with these, with those that share something with them, and so on.</summary>
    private HashSet<WishClaim> Concerned(IEnumerable<WishClaim> changed)
    {
        var concerned = new HashSet<WishClaim>();
        var open = new Queue<WishClaim>();
        var (keys, wildcards) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var claim in changed) Meet(claim);
        while (true)
        {
            while (open.TryDequeue(out var claim))
            {
                foreach (var key in claim.Keys.Where(keys.Add))
                {
                    MeetAll(key);
                    if (DomainName.WildcardAbove(key) is { } above) MeetAll(above);
                    if (DomainName.IsWildcard(key)) wildcards.Add(key);
                }
            }

            if (wildcards.Count == 0) return concerned;

            // Wildcards are few: what is under one is looked for when it comes or goes, and not kept.
            foreach (var claimants in _byKey.Where(known => DomainName.WildcardAbove(known.Key) is { } above && wildcards.Contains(above)).Select(known => known.Value)) claimants.ForEach(Meet);
            wildcards.Clear();
            if (open.Count == 0) return concerned;
        }

        void MeetAll(string key)
        {
            if (_byKey.TryGetValue(key, out var claimants)) claimants.ForEach(Meet);
        }

        void Meet(WishClaim claim)
        {
            if (concerned.Add(claim)) open.Enqueue(claim);
        }
    }

    /// <summary>Mostly one.</summary>
    private struct Claimants
    {
        private WishClaim? _only;
        private HashSet<WishClaim>? _all;

        public readonly bool IsEmpty => _only is null && _all is not { Count: > 0 };

        public void Add(WishClaim claim)
        {
            if (IsEmpty) _only = claim;
            else (_all ??= [_only!]).Add(claim);
        }

        public void Remove(WishClaim claim)
        {
            if (_all is null) _only = null;
            else if (_all.Remove(claim) && _all.Count == 1) (_only, _all) = (_all.First(), null);
        }

        public readonly void ForEach(Action<WishClaim> action)
        {
            if (_all is not null) foreach (var claim in _all) action(claim);
            else if (_only is not null) action(_only);
        }
    }
}
