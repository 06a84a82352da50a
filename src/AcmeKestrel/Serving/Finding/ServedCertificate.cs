using AcmeKestrel.Certificates;

namespace AcmeKestrel.Serving.Finding;

/// <summary>A certificate of the table: always its facts, and what TLS needs only while somebody asks for it, so that thousands of cold names cost little.</summary>
/// <param name="inHand">Its bytes, where it need not be read; they go with the first context.</param>
internal sealed class ServedCertificate(CertificateFacts facts, Generation? inHand)
{
    /// <summary>What keeps a platform from taking a key, or a store from being read, may pass, as a full disk or a lack of handles does.</summary>
    private static readonly TimeSpan TriedAgainAfter = TimeSpan.FromMinutes(1);

    private LoadedCertificate? _loaded;
    private volatile Generation? _inHand = inHand;
    private volatile bool _isFresh;
    private volatile bool _isTouched;
    private volatile bool _isVisited;
    private long _brokenSince;
    private long _saidLateAt;

    public CertificateFacts Facts { get; } = facts;

    /// <summary>Kept here, so that whoever succeeds it need not look at the names.</summary>
    public int NameCount { get; } = facts.Names.Count;

    /// <summary>Its bytes, where it need not be read.</summary>
    public Generation? InHand => _inHand;

    /// <summary>It takes a place among the loaded ones; theirs to say.</summary>
    public bool HasPlace { get; set; }

    /// <summary>It can be used without waiting.</summary>
    public bool IsLoaded => Volatile.Read(ref _loaded) is { IsGone: false };

    /// <summary>It can be used without asking the store for it.</summary>
    public bool IsInHand => IsLoaded || _inHand is not null;

    /// <summary>It was tried and could not be used, and was not used since.</summary>
    public bool WasBroken => Volatile.Read(ref _brokenSince) != 0;

    /// <summary>It was tried a moment ago, and could not be used.</summary>
    public bool IsBroken(DateTimeOffset now) => Volatile.Read(ref _brokenSince) is not 0 and var since && !IsLoaded && (now - new DateTimeOffset(since, TimeSpan.Zero)).Duration() < TriedAgainAfter;

    /// <summary>Whether it is to be said that it came too late: once a minute, however often strangers ask for it.</summary>
    public bool TakeWordOfLate(DateTimeOffset now)
    {
        var last = Volatile.Read(ref _saidLateAt);
        return (now - new DateTimeOffset(last, TimeSpan.Zero)).Duration() >= TriedAgainAfter && Interlocked.CompareExchange(ref _saidLateAt, now.UtcTicks, last) == last;
    }

    public void Break(DateTimeOffset now) => Volatile.Write(ref _brokenSince, now.UtcTicks);

    /// <summary>What TLS needs, to be released after use; null while it is cold.</summary>
    public LoadedCertificate? TryUse()
    {
        if (Volatile.Read(ref _loaded) is not { } loaded) return null;

        // A write each time would have the processors pass the line to and fro.
        if (_isFresh) _isFresh = false;
        else if (!_isTouched) _isTouched = true;
        if (!_isVisited) _isVisited = true;
        return loaded.TryUse() ? loaded : null;
    }

    /// <summary>Whether anybody was shown it since this was asked last.</summary>
    public bool TakeVisit()
    {
        var was = _isVisited;
        _isVisited = false;
        return was;
    }

    /// <summary>Whether somebody used it since it was asked last.</summary>
    public bool TakeTouch()
    {
        var was = _isTouched;
        _isTouched = false;
        return was;
    }

    /// <param name="keepsBytes">Nobody could read it again.</param>
    public void Load(LoadedCertificate loaded, bool keepsBytes)
    {
        // Whoever had it loaded uses it once; who comes again is one to stay for, or a crowd of strangers would push the regulars out.
        _isFresh = true;
        Volatile.Write(ref _brokenSince, 0);
        Interlocked.Exchange(ref _loaded, loaded)?.LetGo();
        if (!keepsBytes) _inHand = null;
    }

    /// <summary>Back to its facts; connections that use it keep what they have.</summary>
    public void Unload(bool keepsBytes)
    {
        if (!keepsBytes) _inHand = null;

        // Several may let go of it at once, and it was held once.
        Interlocked.Exchange(ref _loaded, null)?.LetGo();
    }
}
