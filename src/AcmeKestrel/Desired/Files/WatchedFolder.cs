using AcmeKestrel.Certificates;
using AcmeKestrel.Storage.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired.Files;

/// <summary>
/// The files of a folder that certificates are wished in. A watcher tells which of them change, and only those are looked at. Behind it is a look at all of them, by names, sizes and times, since watchers miss what
/// other machines do, cost a scarce kernel object and overflow. Where one tells, it is taken when the folder's own time says something that was not told, and else seldom; where none does, every two
/// seconds. There, where very many files make a look long, one is taken when the folder itself says that a file came or went, and else as often as it takes a hundredth of the time.
/// </summary>
internal sealed class WatchedFolder : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>The same where a watcher tells.</summary>
    private static readonly TimeSpan Seldom = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly IWishFileFormat _format;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly FolderNews _news;
    private readonly FolderTraces _traces = new();
    private (DateTime Folder, long EndedAt, TimeSpan Took) _look;

    /// <summary>Files that could not be read: another mode or owner, or a disk that answers again, is seen at no look.</summary>
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private long _unreadAt;

    /// <summary>Whoever lists next comes because a change was told.</summary>
    private bool _isAwaited;
    private string? _failure;
    private ConfigurationReloadToken _changed = new();

    public WatchedFolder(string folder, IWishFileFormat format, IFolderWatcher watcher, TimeProvider time, ILogger logger)
    {
        (_folder, _format, _time) = (folder, format, time);
        _timer = time.CreateTimer(_ => LookAgain(), null, Interval, Timeout.InfiniteTimeSpan);
        _news = new FolderNews(_folder, watcher, Come, time, logger);
    }

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        var told = await ListChangesAsync(null, cancellationToken).ConfigureAwait(false);
        var files = told.Entries.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value).ToList();
        return new DesiredCertificates([.. files.SelectMany(file => file.Certificates)]) { Problems = [.. files.SelectMany(file => file.Problems)] };
    }

    /// <summary>By file name; only files are read that are not what they were.</summary>
    public ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        List<(string Name, bool Exists, DateTimeOffset? AskedAt)> files;
        int position;
        bool isWhole;
        lock (_gate)
        {
            // Before the files are read: what is written meanwhile is seen as a change at the next look. Whoever comes because a watcher spoke finds what was told; others have a look taken.
            if (!(_isAwaited && IsWatched) && IsLookDue) Look();
            _isAwaited = false;
            var changed = int.TryParse(since, out var look) ? _traces.ChangedSince(look) : null;
            (position, isWhole) = (_traces.Looks, changed is null);
            files = [.. (changed ?? _traces.Names).Select(name => (name, _traces.Contains(name), _traces.AskedAt(name)))];
        }

        var entries = new Dictionary<string, DesiredCertificates>(files.Count, StringComparer.Ordinal);

        // One byte more than is allowed shows that it is too much.
        var content = files.Count > 0 ? new byte[_format.MaxBytes + 1] : [];
        foreach (var (name, exists, askedAt) in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            entries[name] = exists ? Read(name, askedAt, content) : DesiredCertificates.Empty;
        }

        return ValueTask.FromResult(new DesiredChanges(entries, $"{position}") { IsWhole = isWhole });
    }

    public void Dispose()
    {
        _timer.Dispose();
        _news.Dispose();
    }

    /// <param name="content">For the file's bytes: one for all files.</param>
    private DesiredCertificates Read(string fileName, DateTimeOffset? askedAt, byte[] content)
    {
        try
        {
            return _format.Parse(fileName, content.AsSpan(0, OperatorFile.Read(Path.Combine(_folder, fileName), content)), askedAt);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                if (_unread.Count == 0) _unreadAt = _time.GetTimestamp();
                _unread.Add(fileName);
            }

            return WishFile.Unreadable(_format.OriginOf(fileName), $"cannot be read: {PlainText.Of(failure.Message, 1000)}");
        }
    }

    private bool IsWatched => _news.IsTold && !_traces.HasLinks && _failure is null;

    private bool IsLookDue => Rested >= 100 * _look.Took || (Rested >= 10 * _look.Took && HasUntoldTime);

    private bool HasUntoldTime => WriteTime.Of(new DirectoryInfo(_folder)) != _look.Folder;

    private TimeSpan Rested => _time.GetElapsedTime(_look.EndedAt);

    private void LookAgain()
    {
        lock (_gate)
        {
            var (change, failure) = (_traces.LastChange, _failure);
            try
            {
                ReadUnreadAgain();
                LookWhereDue();
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                // A change as well; whoever lists next gets the reason.
            }

            // In this order: what is told meanwhile comes sooner.
            Come(IsWatched && !_news.IsInDoubt ? Longer(Seldom - Rested, Interval) : Interval);
            if (_news.HasMissed) Come(Longer(TouchedFiles.Calm, (10 * _look.Took) - Rested));
            else if (_news.Next is { } next && next < Interval) Come(next);

            if (_traces.LastChange == change && _failure == failure) return;
            _isAwaited = true;
        }

        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    /// <summary>They count as changed.</summary>
    private void ReadUnreadAgain()
    {
        if (_unread.Count == 0 || _time.GetElapsedTime(_unreadAt) < Seldom) return;

        _traces.TakeForChanged(_unread);
        _unread.Clear();
    }

    private void LookWhereDue()
    {
        _news.Judge();
        if (_news.HasMissed ? Rested >= 10 * _look.Took : !IsWatched && IsLookDue)
        {
            Look();
            return;
        }

        LookAtTold();
        if (IsWatched && Rested >= Seldom && _news.Next is null && (Rested >= 1000 * _look.Took || HasUntoldTime)) Look();
    }

    private void LookAtTold()
    {
        // The folder has this time by what was told.
        var (names, folder) = (_news.Take(), WriteTime.Of(new DirectoryInfo(_folder)));
        if (names.Count == 0) return;

        _traces.LookAt(_folder, names);
        _look.Folder = folder;
    }

    /// <summary>At all files.</summary>
    private void Look()
    {
        var (wasWatched, looks) = (IsWatched, _traces.Looks);
        _news.Begin();
        var (told, begun) = (_news.Take(), _time.GetTimestamp());
        DateTime folder;
        try
        {
            folder = WriteTime.Of(new DirectoryInfo(_folder));
            _traces.Look(_folder, _news.Unfinished);
            _failure = null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            _failure = unreadable.Message;
            throw;
        }

        _look = (folder, _time.GetTimestamp(), _time.GetElapsedTime(begun));
        if (wasWatched && _traces.ChangedSince(looks) is { Count: > 0 } changed) _news.Doubt(changed.Except(told));
    }

    private void Come(TimeSpan later) => _timer.Change(later, Timeout.InfiniteTimeSpan);

    private static TimeSpan Longer(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
