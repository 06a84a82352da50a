using AcmeKestrel.Certificates;
using AcmeKestrel.Certificates.International;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>Asks the sources, merges what they say, and keeps both: what one of them changes costs what it changes.</summary>
internal sealed class WishFeed(IEnumerable<IDesiredCertificateSource> sources, IAcmeSettings settings, TimeProvider time, ILogger<WishFeed> logger) : IWishFeed, IDisposable
{
    /// <summary>A source that cannot say when it changes is asked for its list, and for another token, so often; one that failed, or answered late, is asked again so soon.</summary>
    private static readonly TimeSpan WithoutToken = TimeSpan.FromMinutes(1);

    /// <summary>Of the labels in one line of the log.</summary>
    private const int LabelsTold = 20;

    private readonly ILogger _log = new ShownLogger(logger, UnicodeName.BesideEach);
    private readonly (IDesiredCertificateSource Source, KeptSource Kept)[] _sources = [.. sources.Select(source => (source, new KeptSource(source)))];
    private readonly WishIndex _index = new(PublicSuffixList.Embedded);
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();

    /// <summary>Ends when a source that failed is to be asked again.</summary>
    private CancellationTokenSource _again = Later(time);
    private AcmeSettings? _read;
    private HashSet<DesiredProblem> _reported = [];
    private int _count;

    public async ValueTask<WishChanges> GetChangesAsync(bool asksAll, CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await ReadAsync(asksAll, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public IChangeToken GetChangeToken() => new CompositeChangeToken([settings.GetChangeToken(), AgainToken(), .. _sources.Select(known => TokenOf(known.Source))]);

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
        _oneAtATime.Dispose();
        _again.Dispose();
    }

    private static CancellationTokenSource Later(TimeProvider time) => new(Timeout.InfiniteTimeSpan, time);

    private CancellationChangeToken AgainToken()
    {
        lock (_gate)
        {
            if (_again.IsCancellationRequested) _again = Later(time);
            return new CancellationChangeToken(_again.Token);
        }
    }

    /// <summary>A database that came up after this process says nothing when it can be read.</summary>
    private void AskAgain()
    {
        lock (_gate) _again.CancelAfter(_sources.Any(known => known.Kept.HasFailed || known.Kept.IsOld) ? WithoutToken : Timeout.InfiniteTimeSpan);
    }

    private async ValueTask<WishChanges> ReadAsync(bool asksAll, CancellationToken cancellationToken)
    {
        var answers = new List<(KeptSource Of, SourceAnswer Answer)>();
        foreach (var (_, kept) in _sources)
        {
            if (asksAll || kept.MayHaveChanged) answers.Add((kept, await kept.AskAsync(time, _end.Token, cancellationToken).ConfigureAwait(false)));
        }

        var (changes, current) = (new ClaimChanges(), settings.Current);
        if (_read is { } former && current.ReadsWishesAsBut(former) is not { Count: 0 } and var providers) foreach (var (_, kept) in _sources) kept.ReadAnew(current, providers, changes);
        _read = current;
        foreach (var (kept, answer) in answers) kept.Take(answer, current, changes);
        var labels = _index.Change(changes, current.Defaults);
        var problems = _sources.SelectMany(known => known.Kept.Problems).Concat(_index.Problems).Distinct()
            .OrderBy(problem => problem.Origin, StringComparer.Ordinal).ThenBy(problem => problem.Message, StringComparer.Ordinal).ToList();
        Report(labels, problems);
        AskAgain();
        return new WishChanges(labels, problems);
    }

    /// <summary>Whoever asks for tokens is not to be stopped by one source: without an answer it would never hear of any of them again.</summary>
    private IChangeToken TokenOf(IDesiredCertificateSource source)
    {
        try
        {
            return source.GetChangeToken();
        }
        catch (Exception failure)
        {
            _log.NoWish(source.Source.ToString(), $"cannot say when it changes, and is asked every minute: {failure.Message}");
            return new CancellationChangeToken(new CancellationTokenSource(WithoutToken, time).Token);
        }
    }

    /// <summary>A problem is logged when it appears, not at every look; what is wished, when that is not what it was: lists of two configuration files are merged entry by entry, and one may be left over.</summary>
    private void Report(IReadOnlyList<WishChange> labels, List<DesiredProblem> problems)
    {
        foreach (var problem in problems.Where(problem => !_reported.Contains(problem))) _log.NoWish(problem.Origin, problem.Message);
        _reported = [.. problems];
        if (labels.Count == 0) return;

        _count += labels.Count(change => change.Before is null) - labels.Count(change => change.After is null);
        _log.Wished(_count, Told("new", change => change.Before is null) + Told("changed", change => change is { Before: not null, After: not null }) + Told("no more", change => change.After is null));

        string Told(string what, Func<WishChange, bool> concerns)
        {
            var concerned = labels.Where(concerns).ToList();
            if (concerned.Count == 0) return "";

            var first = string.Join(", ", concerned.Select(change => change.Label).Order(StringComparer.Ordinal).Take(LabelsTold));
            return $"; {what}: {first}{(concerned.Count > LabelsTold ? ", ..." : "")}";
        }
    }
}
