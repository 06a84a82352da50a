using System.Runtime.CompilerServices;
using System.Text;
using AcmeKestrel.Diagnostics;
using AcmeKestrel.Storage.Engine;
using AcmeKestrel.Storage.Files.Blocking;
using Microsoft.Extensions.Logging;

namespace AcmeKestrel.Storage.Files;

/// <summary>The default store: files that an operator can read and other programs can use. It is opened by the first call, so that an app starts without it, and made by the first that writes.</summary>
internal sealed class StateDirectoryStore : IAcmeStore, ICertificateView, IAccountView, IStoreDurability, IStateFolder, IRecordsAtHand, IDisposable
{
    private const int RecordsAtOnce = 16;

    private readonly StateDirectoryOptions _options;
    private readonly IFileSystem _files;
    private readonly ILogger _logger;
    private readonly StateLayout _layout;
    private readonly StateDirectory _directory;
    private readonly AtomicFiles _atomic;
    private readonly RecordReader _reader;
    private readonly PartIndex _index;
    private readonly FileWork _work;
    private readonly PatientReads _reads;
    private readonly HeadReader _heads;
    private readonly Leases _leases;
    private readonly ChangeJournal _journal;
    private readonly Signal _written = new();
    private readonly KeyedGates _gates = new();
    private readonly WriteTurns _turns;
    private readonly TimeProvider _time;

    public StateDirectoryStore(StateDirectoryOptions options, TimeProvider time, ILogger<StateDirectoryStore> logger, IFileSystem files)
    {
        (_options, _time, _logger, _files) = (options, time, logger, files);
        _layout = new StateLayout(options.Path);
        var modes = new LooseModes(files, logger);
        _directory = new StateDirectory(_layout, files, modes, time, logger);
        _atomic = new AtomicFiles(files, _layout.Temporary);
        _reader = new RecordReader(_layout, files, modes, options.KeyGroup is null ? FileModes.PrivateFile : FileModes.GroupFile, logger);
        _index = new PartIndex(files, _atomic, Path.Combine(_layout.Index, "certs"));
        _journal = new ChangeJournal(files, _atomic, Path.Combine(_layout.Index, "changes"));
        _work = new FileWork(options.Path);
        _reads = new PatientReads(_work, options.ReadPatience, TimeProvider.System);
        _heads = new HeadReader(_reader, _work, _reads, _index, Mend);
        _turns = new WriteTurns(() => files.TryLock(Path.Combine(_layout.Locks, "write"), shared: false), time);
        _leases = new Leases(time, new DirectoryLeaseGround(_layout, files));
    }

    public string? Doubt => _directory.Volume?.Temporary is { } type ? $"the state directory {_layout.Root} lies on {type}" : null;

    public string Root => _layout.Root;

    public bool Exists => _files.Find(_layout.Format) is not null;

    public string? RemoteVolume => _files.RemoteType(Root);

    public string? FleetingVolume => _files.TemporaryType(Root);

    public string Socket => Path.Combine(_layout.Locks, "control");

    public async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        var place = _reader.PlaceOf(key);
        return await _reads.ReadAsync(place, () => IsOpenToLook() ? _reader.ReadAt(place) : null, RecordReader.Late, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Not before somebody opened the state.</summary>
    public RecordContent? TryRead(RecordKey key, IReadOnlyList<string> parts)
    {
        RecordRules.Check(key);
        return _directory.Volume is null ? null : _reader.TryReadAtHand(key, parts);
    }

    public async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        var places = await LookAsync(() => _reader.Places(query), [], cancellationToken).ConfigureAwait(false);
        Func<RecordPlace, StoreRecord?> read = query.Prefix is null ? _reader.ReadAt : _reader.ReadThere;
        var left = query.Limit ?? int.MaxValue;
        await foreach (var records in _reads.ReadAllAsync(places, read, RecordReader.Late, Math.Min(left, RecordsAtOnce), cancellationToken).ConfigureAwait(false))
        {
            foreach (var record in records)
            {
                yield return record;
                if (--left == 0) yield break;
            }
        }
    }

    public async IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        foreach (var entry in await LookAsync(() => _reader.Entries(query).ToList(), [], cancellationToken).ConfigureAwait(false)) yield return entry;
    }

    public async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        if (!await LookAsync(() => true, false, cancellationToken).ConfigureAwait(false)) yield break;

        // The next ones are read while these are taken.
        await using var parts = _heads.ListAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var reading = NextAsync();
        try
        {
            while (await reading.ConfigureAwait(false) is { } some)
            {
                reading = NextAsync();
                foreach (var found in some) yield return found;
            }
        }
        finally
        {
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<IReadOnlyList<StorePart>?> NextAsync() => await parts.MoveNextAsync().ConfigureAwait(false) ? parts.Current : null;
    }

    public async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        RecordRules.Check(write);
        _reads.CheckAnswers(_reader.PlaceOf(write.Key));
        var (key, content, stamp) = (write.Key, write.Content, RecordFile.NewStamp());
        using var turn = await _gates.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        await WriteAsync(
            () =>
            {
                _leases.Check(key, write.Fence);
                if (write.Expected is { } version) CheckVersion(key, version, _reader.Read(key)?.Version ?? RecordVersion.Absent);
                Replace(key, stamp, content);
                if (StateLayout.IndexedPart(key.Kind) is { } part && content.Find(part) is { } indexed) TryIndex(() => _index.Append((key.Name, indexed)));
                Tell(StoreChangeKind.Written, key);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return RecordFile.VersionOf(stamp, content);
    }

    public async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        RecordRules.Check(deletion);
        _reads.CheckAnswers(_reader.PlaceOf(deletion.Key));
        var key = deletion.Key;
        using var turn = await _gates.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        return await WriteAsync(
            () =>
            {
                _leases.Check(key, deletion.Fence);
                if (_reader.Read(key) is not { } record) return false;
                if (deletion.Expected is { } version) CheckVersion(key, version, record.Version);
                Remove(key);
                Tell(StoreChangeKind.Deleted, key);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        RecordRules.Check(request);
        return await WriteAsync(
            () =>
            {
                var lease = _leases.TryLease(request);

                // The holder before it may have died between a record and its word of it.
                if (lease is not null) Tell(StoreChangeKind.Reset, null);
                return lease;
            },
            cancellationToken,
            alone: true).ConfigureAwait(false);
    }

    public async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var start = request.After ?? await RunAsync(
            () =>
            {
                Mend(_journal.Require);
                return _journal.End();
            },
            cancellationToken).ConfigureAwait(false);
        return new DirectoryWatch(request, start, (cursor, token) => RunAsync(() => _journal.ReadAfter(cursor), token), _written, _time);
    }

    public string PathOf(string label) => _layout.LinkPath(label);

    public async ValueTask SwitchAsync(string label, string generation, CancellationToken cancellationToken)
    {
        var key = new RecordKey(RecordKind.Certificate, $"{label}@{generation}");
        RecordRules.Check(key);
        await WriteAsync(() => Link(_layout.LinkPath(label), key), cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<string?> FindShownAsync(string label, CancellationToken cancellationToken) => await RunAsync(
        () => _files.Find(_layout.LinkPath(label)) is { LinkTarget: { } target } && FileNames.Unmap(Path.GetFileName(target)) is { } name && name.StartsWith($"{label}@", StringComparison.Ordinal)
            ? name[(label.Length + 1)..]
            : null,
        cancellationToken).ConfigureAwait(false);

    public async ValueTask HideAsync(string label, CancellationToken cancellationToken) => await WriteAsync(() => RemoveLink(_layout.LinkPath(label)), cancellationToken).ConfigureAwait(false);

    public async ValueTask LinkAsync(string mail, string provider, string accountName, CancellationToken cancellationToken)
    {
        var key = new RecordKey(RecordKind.Account, accountName);
        RecordRules.Check(key);
        await WriteAsync(
            () =>
            {
                var folder = Path.Combine(_layout.Accounts, FileNames.Map(mail));
                CreateBelow(_layout.Accounts, folder);
                return Link(Path.Combine(folder, FileNames.Map(provider)), key);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask UnlinkAsync(string mail, string provider, CancellationToken cancellationToken) => await WriteAsync(() => RemoveLink(Path.Combine(_layout.Accounts, FileNames.Map(mail), FileNames.Map(provider))), cancellationToken).ConfigureAwait(false);

    public void Dispose()
    {
        _directory.Dispose();
        _work.Dispose();
    }

    private static void CheckVersion(RecordKey key, RecordVersion expected, RecordVersion found)
    {
        if (expected != found) throw StoreConflictException.Version(key, expected, found);
    }

    private bool Link(string link, RecordKey key)
    {
        var target = _layout.PathOf(key);
        if (_files.Find(target) is null) throw new IOException($"There is no record to link to : '{target}'");
        _atomic.ReplaceLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, target));
        return true;
    }

    /// <summary>What an operator put in the link's place is the operator's.</summary>
    private bool RemoveLink(string link)
    {
        if (_files.Find(link) is not { Kind: FileEntryKind.Link }) return false;

        _atomic.RemoveFile(link);
        return true;
    }

    private void Replace(RecordKey key, string stamp, RecordContent content)
    {
        var path = _layout.PathOf(key);
        if (!StateLayout.IsFolderRecord(key.Kind))
        {
            CreateBelow(_layout.Others, Path.GetDirectoryName(path)!);
            _atomic.ReplaceFile(path, RecordFile.Write(key.Name, stamp, content), new FileAccessRights(FileModes.PrivateFile));
            return;
        }

        if (key.Kind == RecordKind.Account) CreateBelow(_layout.Accounts, Path.GetDirectoryName(path)!);
        var parts = content.Parts.Select(part => (part.Name, part.Bytes, RightsOf(key.Kind, part))).Append((RecordReader.StampFile + stamp, default, new FileAccessRights(FileModes.PublicFile)));
        if (_layout.HidesName(key)) parts = parts.Append((RecordReader.NameFile, Encoding.UTF8.GetBytes(key.Name), new FileAccessRights(FileModes.PublicFile)));
        if (!_atomic.ReplaceFolder(path, StateLayout.FolderMode(key.Kind), parts)) _logger.KeyGroupNotGiven(path, _options.KeyGroup);
    }

    private FileAccessRights RightsOf(RecordKind kind, RecordPart part)
    {
        if (!part.Secret) return new FileAccessRights(FileModes.PublicFile);
        return _options.KeyGroup is { } group && kind == RecordKind.Certificate ? new FileAccessRights(FileModes.GroupFile, group) : new FileAccessRights(FileModes.PrivateFile);
    }

    /// <summary>The index is a cache: what cannot be put there is read from its record at the next start.</summary>
    private void TryIndex(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.NotIndexed(_layout.Index, e.Message);
        }
    }

    /// <summary>To all who follow, in this process and in others. What cannot be told is told with the next change: the record itself is written.</summary>
    private void Tell(StoreChangeKind kind, RecordKey? key)
    {
        TryIndex(() => _journal.Append(kind, key));
        _written.Set();
    }

    /// <summary>In a turn of its own: an entry that somebody put there meanwhile is read from its record at the next start.</summary>
    private void Mend(Action write)
    {
        if (_directory.Volume is not { NoLocks: null }) return;
        TryIndex(() =>
        {
            using var turn = _turns.Enter(alone: false);
            write();
        });
    }

    private void Remove(RecordKey key)
    {
        var path = _layout.PathOf(key);
        if (StateLayout.IsFolderRecord(key.Kind)) _atomic.RemoveFolder(path);
        else _atomic.RemoveFile(path);
    }

    private void CreateBelow(string parent, string folder)
    {
        if (_files.Find(folder) is not null) return;
        _files.CreateFolder(folder, FileModes.PrivateFolder);
        _files.Sync(parent);
    }

    /// <summary>A check and the write that follows it are one step to every process that uses this state. A new lease waits for the writes of the older one: its holder may rely on what it reads then.</summary>
    private Task<T> WriteAsync<T>(Func<T> work, CancellationToken cancellationToken, bool alone = false) => RunAsync(
        () =>
        {
            if (_directory.Open().NoLocks is { } fault) throw new IOException($"its file system has no locks, so nothing would keep two processes apart. {fault}");
            using var turn = _turns.Enter(alone);
            return work();
        },
        cancellationToken);

    private Task<T> LookAsync<T>(Func<T> work, T nothing, CancellationToken cancellationToken) => _work.RunAsync(() => IsOpenToLook() ? work() : nothing, cancellationToken);

    /// <summary>A state that is not there is not made by looking.</summary>
    private bool IsOpenToLook()
    {
        if (_directory.Volume is null && !Exists) return false;

        _directory.OpenToLook();
        return true;
    }

    private Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken) => _work.RunAsync(
        () =>
        {
            _directory.Open();
            return work();
        },
        cancellationToken);
}
