using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>
/// The files in <c>&lt;state&gt;/desired/</c>. The folder is looked at every two seconds: watchers miss changes on bind mounts and network file systems,
/// cost a scarce kernel object and overflow; comparing names, sizes and times does none of that. Where very many files make a look long, one is taken when the folder itself says that a
/// file came or went, and else as often as it takes a hundredth of the time.
/// </summary>
internal sealed class DesiredFolder : IIncrementalDesiredCertificateSource, IDisposable
{
    public const string FolderName = "desired";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly FolderTraces _traces = new();
    private (DateTime Folder, long EndedAt, TimeSpan Took) _look;
    private string? _failure;
    private ConfigurationReloadToken _changed = new();

    public DesiredFolder(StateDirectoryOptions state, TimeProvider time)
    {
        _folder = Path.Combine(state.Path, FolderName);
        _time = time;
        _timer = time.CreateTimer(_ => LookAgain(), null, Interval, Interval);
    }

    public AcmeWishSource Source => AcmeWishSource.Desired;

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        var told = await ListChangesAsync(null, cancellationToken).ConfigureAwait(false);
        var files = told.Entries.OrderBy(file => file.Key, StringComparer.Ordinal).Select(file => file.Value).ToList();
        return new DesiredCertificates([.. files.SelectMany(file => file.Certificates)]) { Problems = [.. files.SelectMany(file => file.Problems)] };
    }

    /// <summary>By file name; only files are read that are not what they were.</summary>
    public async ValueTask<DesiredChanges> ListChangesAsync(string? since, CancellationToken cancellationToken)
    {
        List<(string Name, bool Exists, DateTimeOffset? AskedAt)> files;
        long position;
        bool isWhole;
        lock (_gate)
        {
            // Before the files are read: what is written meanwhile is seen as a change at the next look.
            if (IsLookDue()) Look();
            var changed = long.TryParse(since, out var look) ? _traces.ChangedSince(look) : null;
            (position, isWhole) = (_traces.Looks, changed is null);
            files = [.. (changed ?? _traces.Names).Select(name => (name, _traces.Contains(name), _traces.AskedAt(name)))];
        }

        var entries = new Dictionary<string, DesiredCertificates>(files.Count, StringComparer.Ordinal);
        foreach (var (name, exists, askedAt) in files) entries[name] = exists ? await ReadAsync(name, askedAt, cancellationToken).ConfigureAwait(false) : DesiredCertificates.Empty;
        return new DesiredChanges(entries, $"{position}") { IsWhole = isWhole };
    }

    public void Dispose() => _timer.Dispose();

    private async ValueTask<DesiredCertificates> ReadAsync(string fileName, DateTimeOffset? askedAt, CancellationToken cancellationToken)
    {
        try
        {
            var file = File.OpenRead(Path.Combine(_folder, fileName));
            await using (file.ConfigureAwait(false))
            {
                // Most files are empty, which stands for their names.
                if (file.Length == 0) return DesiredFile.Parse(fileName, [], askedAt);

                // One byte more than is allowed shows that it is too much, whatever the size said before.
                var content = new byte[DesiredFile.MaxBytes + 1];
                var length = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                return DesiredFile.Parse(fileName, content.AsSpan(0, length), askedAt);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DesiredCertificates.Empty with { Problems = [new DesiredProblem(DesiredFile.OriginOf(fileName), $"cannot be read: {failure.Message}")] };
        }
    }

    private void LookAgain()
    {
        lock (_gate)
        {
            if (!IsLookDue()) return;

            var (change, failure) = (_traces.LastChange, _failure);
            try
            {
                Look();
            }
            catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
            {
                // A change as well; whoever lists next gets the reason.
            }

            if (_traces.LastChange == change && _failure == failure) return;
        }

        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    private void Look()
    {
        var (folder, begun) = (Directory.GetLastWriteTimeUtc(_folder), _time.GetTimestamp());
        try
        {
            _traces.Look(_folder);
            _failure = null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            _failure = unreadable.Message;
            throw;
        }

        _look = (folder, _time.GetTimestamp(), _time.GetElapsedTime(begun));
    }

    private bool IsLookDue()
    {
        var rested = _time.GetElapsedTime(_look.EndedAt);
        return rested >= 100 * _look.Took || (rested >= 10 * _look.Took && Directory.GetLastWriteTimeUtc(_folder) != _look.Folder);
    }
}
