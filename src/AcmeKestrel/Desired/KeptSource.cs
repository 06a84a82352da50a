using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>What a source said last, entry by entry, for the next time that it is asked, and for the time that it fails.</summary>
internal sealed class KeptSource(IDesiredCertificateSource source)
{
    /// <summary>Longer than that nobody waits for one source: the wishes of all others wait with him.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Of a source that has none of its own, an entry is all that one origin says.</summary>
    private readonly Dictionary<string, KeptEntry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DesiredProblem[]> _faulty = new(StringComparer.Ordinal);
    private IReadOnlyList<DesiredProblem> _ofTheList = [];
    private DesiredProblem? _failure;

    /// <summary>Not ended, or nobody has its answer yet.</summary>
    private Task<SourceAnswer>? _asking;
    private bool _isSilent;

    /// <summary>It says the same while it is this one. Nobody need keep it for that.</summary>
    private readonly WeakReference<DesiredCertificates?> _list = new(null);
    private WishTerms? _terms;
    private string? _position;
    private IChangeToken? _token;

    /// <summary>It said so, or cannot say.</summary>
    public bool MayHaveChanged => _token is null or { HasChanged: true };

    /// <summary>It could not be read when it was asked last.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>Something changed while it was answering, or before its answer was taken.</summary>
    public bool IsOld => _token is { HasChanged: true };

    public IEnumerable<DesiredProblem> Problems =>
        [.. _failure is null ? [] : new[] { _failure }, .. _ofTheList, .. _faulty.Values.SelectMany(problems => problems)];

    /// <summary>Asks it, and changes nothing: whoever is interrupted asks again. One that does not answer is left at work, and is not asked a second time meanwhile: its answer, when it comes, is the next one.</summary>
    /// <param name="time">Of the wait for it.</param>
    /// <param name="end">Ends the asking itself.</param>
    /// <param name="cancellationToken">Ends the wait for it.</param>
    public async ValueTask<SourceAnswer> AskAsync(TimeProvider time, CancellationToken end, CancellationToken cancellationToken)
    {
        // Whoever asked for that went away before it came: it may be hours old.
        if (!_isSilent && _asking is { IsCompleted: true }) _asking = null;
        _asking ??= ListAsync(end);
        try
        {
            if (!_isSilent) await _asking.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Of the wait: whatever the source throws is its answer.
        }

        _isSilent = !_asking.IsCompleted;
        if (_isSilent) return new SourceAnswer { Failure = $"does not answer, {Patience.TotalSeconds:0} s long; what it wished before stays, and its answer is waited for" };

        var answer = await _asking.ConfigureAwait(false);
        _asking = null;
        return answer;
    }

    public void Take(SourceAnswer answer, AcmeSettings settings, ClaimChanges changes)
    {
        _token = answer.Token;
        _failure = answer.Failure is { } failure ? new DesiredProblem(source.Source.ToString(), failure) : null;
        if (answer.Changes is { } told) TakeChanges(told, settings, changes);
        if (answer.List is { } list && !(_list.TryGetTarget(out var known) && ReferenceEquals(list, known))) TakeList(list, settings, changes);
    }

    /// <summary>The same words may mean something else by other settings.</summary>
    /// <param name="providers">Those of which the settings differ; null: they differ in more.</param>
    public void ReadAnew(AcmeSettings settings, IReadOnlySet<string>? providers, ClaimChanges changes)
    {
        foreach (var (key, entry) in _entries.ToList())
        {
            if (providers is null || _faulty.ContainsKey(key) || entry.Claims.Any(claim => claim.Entry.Concerns(providers, settings))) Replace(key, entry.Said, settings, changes);
        }
    }

    private void TakeChanges(DesiredChanges told, AcmeSettings settings, ClaimChanges changes)
    {
        foreach (var (key, said) in told.Entries)
        {
            if (!IsKnown(key, said)) Replace(key, said, settings, changes);
        }

        if (told.IsWhole) DropAllBut(told.Entries.ContainsKey, settings, changes);
        SpareRoom.Trim(_entries);
        _position = told.Position;
    }

    private void TakeList(DesiredCertificates list, AcmeSettings settings, ClaimChanges changes)
    {
        var origins = list.Certificates.GroupBy(certificate => certificate.Origin, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.ToList(), StringComparer.Ordinal);
        foreach (var (origin, said) in origins)
        {
            var now = new DesiredCertificates(said);
            if (!IsKnown(origin, now)) Replace(origin, now, settings, changes);
        }

        DropAllBut(origins.ContainsKey, settings, changes);
        SpareRoom.Trim(_entries);
        _list.SetTarget(list);
        _ofTheList = list.Problems;
    }

    private void DropAllBut(Func<string, bool> isThere, AcmeSettings settings, ClaimChanges changes)
    {
        foreach (var key in _entries.Keys.Where(key => !isThere(key)).ToList()) Replace(key, DesiredCertificates.Empty, settings, changes);
    }

    private void Replace(string key, DesiredCertificates told, AcmeSettings settings, ClaimChanges changes)
    {
        var former = _entries.Remove(key, out var known) ? known : (KeptEntry?)null;
        foreach (var claim in former?.Claims ?? []) changes.Drop(claim);
        _faulty.Remove(key);
        if (told.Certificates.Count + told.Problems.Count == 0) return;

        var said = former is { Said: var before } ? SaidBefore.AskedOnlyForChanges(told, before) : told;
        var faults = new List<DesiredProblem>();
        var claims = new List<WishClaim>(said.Certificates.Count);
        foreach (var wording in said.Certificates) Claim(wording, faults);
        foreach (var wording in SaidBefore.Staying(said, former?.Claims ?? [], claims)) Claim(wording, []);

        if (said.Problems.Count + faults.Count > 0) _faulty[key] = [.. said.Problems, .. faults];
        _entries[key] = new KeptEntry(said, claims);
        foreach (var claim in claims) changes.Add(claim);

        void Claim(DesiredCertificate wording, List<DesiredProblem> problems)
        {
            if (WishEntry.Read(source.Source, wording, settings, problems, _terms) is not { } entry) return;

            claims.Add(new WishClaim(entry));
            _terms = entry.Terms;
        }
    }

    private async Task<SourceAnswer> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Asked for first: what changes while it lists is heard of.
            var token = Token();
            var answer = source is IIncrementalDesiredCertificateSource incremental
                ? new SourceAnswer { Changes = await incremental.ListChangesAsync(_position, cancellationToken).ConfigureAwait(false), Token = token }
                : new SourceAnswer { List = await source.ListAsync(cancellationToken).ConfigureAwait(false), Token = token };
            return answer.IsComplete ? answer : throw new InvalidOperationException("It has entries without names.");
        }
        catch (Exception failure)
        {
            return new SourceAnswer { Failure = $"cannot be read; what it wished before stays. {failure.Message}" };
        }
    }

    private IChangeToken? Token()
    {
        try
        {
            return source.GetChangeToken();
        }
        catch (Exception)
        {
            // Said where it is listened to; whoever cannot say is asked each time.
            return null;
        }
    }

    /// <summary>It said just that before.</summary>
    private bool IsKnown(string key, DesiredCertificates said) =>
        _entries.TryGetValue(key, out var known) && known.Said is var before
        && before.Certificates.Count == said.Certificates.Count && before.Certificates.Zip(said.Certificates).All(pair => pair.First.IsSameAs(pair.Second) && WishPlace.AreSame(pair.First.Place, pair.Second.Place))
        && before.Problems.SequenceEqual(said.Problems);

    /// <summary>What a source said under one key, and what was read from it. Mostly one certificate, worded as it was read: then the claim alone tells all of it.</summary>
    private readonly struct KeptEntry
    {
        private readonly WishClaim? _only;
        private readonly Whole? _whole;

        public KeptEntry(DesiredCertificates said, IReadOnlyList<WishClaim> claims)
        {
            if (said is { Certificates: [var wording], Problems: [] } && claims is [var only] && only.Entry.Wording.IsSameAs(wording)) _only = only;
            else _whole = new Whole(said, [.. claims]);
        }

        public DesiredCertificates Said => _only is null ? _whole!.Said : new DesiredCertificates([_only.Entry.Wording]);

        public IReadOnlyList<WishClaim> Claims => _only is null ? _whole!.Claims : [_only];

        private sealed record Whole(DesiredCertificates Said, WishClaim[] Claims);
    }
}
