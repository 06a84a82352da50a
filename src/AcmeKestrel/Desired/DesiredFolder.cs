using AcmeKestrel.Certificates;
using AcmeKestrel.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Desired;

/// <summary>
/// The files in <c>&lt;state&gt;/desired/</c>. The folder is looked at every two seconds: watchers miss changes on bind mounts and network file systems,
/// cost a scarce kernel object and overflow; comparing names, sizes and times does none of that.
/// </summary>
internal sealed class DesiredFolder : IDesiredCertificateSource, IDisposable
{
    public const string FolderName = "desired";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly DirectoryInfo _folder;
    private readonly ITimer _timer;
    private IReadOnlyList<Trace> _seen = [];
    private HashSet<Trace>? _found;
    private ConfigurationReloadToken _changed = new();

    public DesiredFolder(StateDirectoryOptions state, TimeProvider time)
    {
        _folder = new DirectoryInfo(Path.Combine(state.Path, FolderName));
        _timer = time.CreateTimer(_ => Look(), null, Interval, Interval);
    }

    public AcmeWishSource Source => AcmeWishSource.Desired;

    public IChangeToken GetChangeToken() => Volatile.Read(ref _changed);

    public async ValueTask<DesiredCertificates> ListAsync(CancellationToken cancellationToken)
    {
        // Remembered before the files are read: what is written meanwhile is seen as a change at the next look.
        var traces = Traces();
        lock (_gate)
        {
            _seen = traces;
            _found ??= [.. traces];
        }

        var files = new List<DesiredCertificates>(traces.Count);
        foreach (var trace in traces) files.Add(await ReadAsync(trace, cancellationToken).ConfigureAwait(false));
        return new DesiredCertificates([.. files.SelectMany(file => file.Certificates)]) { Problems = [.. files.SelectMany(file => file.Problems)] };
    }

    public void Dispose() => _timer.Dispose();

    private async ValueTask<DesiredCertificates> ReadAsync(Trace trace, CancellationToken cancellationToken)
    {
        var fileName = trace.Name;
        try
        {
            var file = File.OpenRead(Path.Combine(_folder.FullName, fileName));
            await using (file.ConfigureAwait(false))
            {
                // One byte more than is allowed shows that it is too much, whatever the size said before.
                var content = new byte[DesiredFile.MaxBytes + 1];
                var length = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                return DesiredFile.Parse(fileName, content.AsSpan(0, length), AskedAt(trace));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return DesiredCertificates.Empty with { Problems = [new DesiredProblem(DesiredFile.OriginOf(fileName), $"cannot be read: {failure.Message}")] };
        }
    }

    /// <summary>What lay there at the start asks for nothing: a container that is started again and again may write its files each time.</summary>
    private DateTimeOffset? AskedAt(Trace trace) => _found!.Contains(trace) || trace.Written == default ? null : trace.Written;

    private void Look()
    {
        lock (_gate)
        {
            var traces = TracesOrFailure();
            if (traces.SequenceEqual(_seen)) return;
            _seen = traces;
        }

        Interlocked.Exchange(ref _changed, new ConfigurationReloadToken()).OnReload();
    }

    /// <summary>A folder that has become unreadable is a change as well; whoever lists next gets the reason.</summary>
    private IReadOnlyList<Trace> TracesOrFailure()
    {
        try
        {
            return Traces();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return [new Trace(failure.Message, 0, default)];
        }
    }

    private IReadOnlyList<Trace> Traces()
    {
        try
        {
            return
            [
                .. _folder.EnumerateFiles()
                    .Where(file => !DesiredFile.IsIgnored(file.Name))
                    .Select(TraceOf)
                    .OrderBy(trace => trace.Name, StringComparer.Ordinal),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>A link (Kubernetes mounts files as links) changes with its target.</summary>
    private static Trace TraceOf(FileInfo file)
    {
        try
        {
            var target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            if (target.Exists) return new Trace(file.Name, target.Length, target.LastWriteTimeUtc);
        }
        catch (IOException)
        {
            // Links in a circle; reading the file says so.
        }

        return new Trace(file.Name, 0, default);
    }

    private readonly record struct Trace(string Name, long Length, DateTime Written);
}
