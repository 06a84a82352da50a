using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>Asks the sources and remembers what each one said last, for the time that it fails.</summary>
internal sealed class WishFeed(IEnumerable<IDesiredCertificateSource> sources, IAcmeSettings settings, TimeProvider time, ILogger<WishFeed> logger) : IWishFeed, IDisposable
{
    /// <summary>A source that cannot say when it changes is asked for its list, and for another token, so often.</summary>
    private static readonly TimeSpan WithoutToken = TimeSpan.FromMinutes(1);

    /// <summary>Of the labels in one line of the log.</summary>
    private const int LabelsTold = 20;

    private readonly IDesiredCertificateSource[] _sources = [.. sources];
    private readonly Dictionary<IDesiredCertificateSource, DesiredCertificates> _lastGood = [];
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private HashSet<DesiredProblem> _reported = [];
    private (int Count, string Labels) _told = (0, "");

    public async ValueTask<WishSet> GetAsync(CancellationToken cancellationToken)
    {
        await _oneAtATime.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await MergeAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public IChangeToken GetChangeToken() => new CompositeChangeToken([settings.GetChangeToken(), .. _sources.Select(TokenOf)]);

    public void Dispose() => _oneAtATime.Dispose();

    private async ValueTask<WishSet> MergeAsync(CancellationToken cancellationToken)
    {
        var (wishes, problems) = (new List<(AcmeWishSource, DesiredCertificate)>(), new List<DesiredProblem>());
        foreach (var source in _sources)
        {
            var listed = await ListAsync(source, problems, cancellationToken).ConfigureAwait(false);
            wishes.AddRange(listed.Certificates.Select(certificate => (source.Source, certificate)));
            problems.AddRange(listed.Problems);
        }

        var merged = WishMerging.Merge(wishes, settings.Current, PublicSuffixList.Embedded);
        merged = merged with { Problems = [.. problems, .. merged.Problems] };
        Report(merged);
        return merged;
    }

    private async ValueTask<DesiredCertificates> ListAsync(IDesiredCertificateSource source, List<DesiredProblem> problems, CancellationToken cancellationToken)
    {
        try
        {
            var listed = await source.ListAsync(cancellationToken).ConfigureAwait(false);
            if (listed?.Certificates is null || listed.Problems is null || listed.Certificates.Any(IsIncomplete)) throw new InvalidOperationException("It has entries without names.");
            return _lastGood[source] = listed;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            problems.Add(new DesiredProblem(source.Source.ToString(), $"cannot be read; what it wished before stays. {failure.Message}"));
            return _lastGood.GetValueOrDefault(source, DesiredCertificates.Empty);
        }
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
            logger.NoWish(source.Source.ToString(), $"cannot say when it changes, and is asked every minute: {failure.Message}");
            return new CancellationChangeToken(new CancellationTokenSource(WithoutToken, time).Token);
        }
    }

    private static bool IsIncomplete(DesiredCertificate? wished) => wished?.Names is null || wished.Origin is null || wished.Names.Any(name => name is null);

    /// <summary>A problem is logged when it appears, not at every look; what is wished, when that is not what it was: lists of two configuration files are merged entry by entry, and one may be left over.</summary>
    private void Report(WishSet merged)
    {
        foreach (var problem in merged.Problems.Where(problem => !_reported.Contains(problem))) logger.NoWish(problem.Origin, problem.Message);
        _reported = [.. merged.Problems];

        var labels = merged.Wishes.Take(LabelsTold).Select(wish => wish.Label).ToList();
        var told = (merged.Wishes.Count, Labels: string.Join(", ", labels) + (merged.Wishes.Count > labels.Count ? ", ..." : ""));
        if (told == _told) return;

        _told = told;
        logger.Wished(told.Count, told.Labels);
    }
}
