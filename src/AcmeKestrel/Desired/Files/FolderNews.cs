using AcmeKestrel.Diagnostics;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Desired.Files;

/// <summary>What a watcher told of a folder and nobody has looked at yet, and whether its word is worth something. Whoever tells waits for nobody.</summary>
/// <param name="come">Somebody is to look, so much later.</param>
internal sealed class FolderNews(string folder, IFolderWatcher watcher, Action<TimeSpan> come, TimeProvider time, ILogger logger) : IFolderListener, IDisposable
{
    /// <summary>A change that was seen and has not been told after this is not told at all.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>Until watching is tried again.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly TouchedFiles _touched = new(time);
    private readonly HashSet<string> _untold = new(StringComparer.Ordinal);
    private long _untoldAt;
    private IDisposable? _watch;
    private long? _failedAt;
    private string? _said;
    private bool _isLost;
    private bool _isDeaf;
    private bool _hasMissed;
    private bool _saidMissed;

    /// <summary>What changes is told.</summary>
    public bool IsTold
    {
        get
        {
            lock (_gate) return _watch is not null && !_isLost && !_hasMissed;
        }
    }

    /// <summary>Something happened, and nobody knows to which files.</summary>
    public bool HasMissed
    {
        get
        {
            lock (_gate) return _hasMissed;
        }
    }

    /// <summary>Something was seen that should be told in a moment.</summary>
    public bool IsInDoubt
    {
        get
        {
            lock (_gate) return _untold.Count > 0;
        }
    }

    /// <summary>Files that are being written.</summary>
    public HashSet<string> Unfinished
    {
        get
        {
            lock (_gate) return new HashSet<string>(_touched.Names, StringComparer.Ordinal);
        }
    }

    /// <summary>Until something is to be looked at; null: there is nothing.</summary>
    public TimeSpan? Next
    {
        get
        {
            lock (_gate) return _touched.Next();
        }
    }

    /// <summary>Before all files are looked at, so that nothing comes between: from here on what happens is told, where it can be.</summary>
    public void Begin()
    {
        IDisposable? former;
        bool begins;
        lock (_gate)
        {
            former = _isLost ? _watch : null;
            if (_isLost) (_watch, _isLost) = (null, false);
            _hasMissed = false;
            _untold.Clear();
            begins = _watch is null && !_isDeaf && !(_failedAt is { } failed && time.GetElapsedTime(failed) < Pause);
        }

        // Outside of the gate, as whoever tells may be waiting for it.
        former?.Dispose();
        if (!begins) return;

        try
        {
            var watch = watcher.Watch(folder, this);
            lock (_gate) (_watch, _failedAt) = (watch, null);
        }
        catch (IOException failure)
        {
            lock (_gate) _failedAt = time.GetTimestamp();

            // There is no state at all yet.
            if (failure is not DirectoryNotFoundException) Say(failure.Message);
        }
    }

    /// <summary>Files that are to be looked at now.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_gate) return _touched.Take();
    }

    /// <summary>These changed and were not told so far.</summary>
    public void Doubt(IEnumerable<string> names)
    {
        lock (_gate)
        {
            _untold.UnionWith(names.Except(_touched.Names));
            _untoldAt = time.GetTimestamp();
        }
    }

    /// <summary>A watcher that does not tell what others see is worse than none.</summary>
    public void Judge()
    {
        IDisposable? deaf;
        lock (_gate)
        {
            if (_untold.Count == 0 || time.GetElapsedTime(_untoldAt) < LongestDelay) return;

            (deaf, _watch, _isDeaf) = (_watch, null, true);
            _untold.Clear();
        }

        deaf?.Dispose();
        Say("what changes there is not told");
    }

    public void Dispose()
    {
        IDisposable? watch;
        lock (_gate) (watch, _watch, _isDeaf) = (_watch, null, true);
        watch?.Dispose();
    }

    void IFolderListener.Touched(string fileName)
    {
        if (WishFile.IsIgnored(fileName)) return;

        bool isFirst;
        lock (_gate)
        {
            _untold.Remove(fileName);
            isFirst = _touched.Add(fileName);
        }

        if (isFirst) come(TouchedFiles.Calm);
    }

    void IFolderListener.Missed()
    {
        bool isSaid;
        lock (_gate) (isSaid, _saidMissed, _hasMissed) = (_saidMissed, true, true);
        if (!isSaid) logger.FolderChangesMissed(folder);
        come(TouchedFiles.Calm);
    }

    void IFolderListener.Lost(string? reason)
    {
        lock (_gate)
        {
            (_isLost, _hasMissed) = (true, true);
            if (reason is not null) _failedAt = time.GetTimestamp();
        }

        if (reason is not null) Say(reason);
        come(TouchedFiles.Calm);
    }

    private void Say(string reason)
    {
        lock (_gate)
        {
            if (reason == _said) return;
            _said = reason;
        }

        logger.FolderNotWatched(folder, reason);
    }
}
