using System.Globalization;
using System.Runtime.CompilerServices;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.PostgreSql;

/// <summary>
/// Keeps records in a schema of a PostgreSQL database, which it makes and brings up to date by itself. Whatever changes something is one statement that checks, writes and commits on the server;
/// what is written is on the server's disk when the call returns.
/// </summary>
public sealed class PostgreSqlStore : IAcmeStore, IAsyncDisposable, IDisposable
{
    private const int RecordsOfAPage = 200;
    private const int BytesOfAPage = 4 << 20;
    private const int EntriesOfAPage = 5000;
    private const int HeadsOfAPage = 1000;
    private readonly Database _database;
    private readonly DatabaseFeed _feed;
    private readonly ChangeListener _listener;
    private readonly PostgreSqlLeases _leases;
    private readonly TimeProvider _time;

    /// <summary>A store that connects when it is first used.</summary>
    /// <param name="options">Where.</param>
    /// <param name="timeProvider">The clock by which this process counts what is left of its leases (the server counts by its own), and by which it looks for changes; null = the system's.</param>
    /// <exception cref="ArgumentException">The name of the schema is none.</exception>
    public PostgreSqlStore(PostgreSqlStoreOptions options, TimeProvider? timeProvider = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _time = timeProvider ?? TimeProvider.System;
        _database = new Database(options);
        _feed = new DatabaseFeed(_database);
        _listener = new ChangeListener(_database, _time);
        _leases = new PostgreSqlLeases(_database, _time);
    }

    /// <inheritdoc/>
    public async ValueTask<StoreRecord?> ReadAsync(RecordKey key, CancellationToken cancellationToken)
    {
        RecordRules.Check(key);
        var found = await _database.ReadAsync(Statements.Read, [key.Kind.Name, key.Name], row => RecordRow.Read(key.Kind, row), cancellationToken).ConfigureAwait(false);
        return found.SingleOrDefault();
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreRecord> ListAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        for (var (after, left, isEnd) = (query.After ?? "", query.Limit ?? long.MaxValue, false); !isEnd && left > 0;)
        {
            var wanted = Math.Min(left, RecordsOfAPage);
            var page = await _database.ReadAsync(
                Statements.List,
                [query.Kind.Name, after, Pattern(query.Prefix), wanted, (long)BytesOfAPage],
                row => (Record: RecordRow.Read(query.Kind, row), Found: row.GetInt64(6)),
                cancellationToken).ConfigureAwait(false);
            foreach (var (record, _) in page.Where(row => RecordRules.Allow(row.Record.Key)))
            {
                yield return record;
                left--;
            }

            if (page is not [.., var (last, found)]) yield break;

            (after, isEnd) = (last.Key.Name, page.Count == found && found < wanted);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoreEntry> ListEntriesAsync(StoreQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        for (var (after, left, isEnd) = (query.After ?? "", query.Limit ?? long.MaxValue, false); !isEnd && left > 0;)
        {
            var wanted = Math.Min(left, EntriesOfAPage);
            var page = await _database.ReadAsync(
                Statements.ListEntries,
                [query.Kind.Name, after, Pattern(query.Prefix), wanted],
                row => new StoreEntry(new RecordKey(query.Kind, row.GetString(0))) { Version = new RecordVersion(row.GetString(1)) },
                cancellationToken).ConfigureAwait(false);
            foreach (var entry in page.Where(entry => RecordRules.Allow(entry.Key)))
            {
                yield return entry;
                left--;
            }

            (after, isEnd) = (page.LastOrDefault()?.Key.Name ?? after, page.Count < wanted);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StorePart> ListHeadsAsync(StoreHeadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecordRules.Check(query);
        if (query.Named is { } named) named(await NamesOfHeadsAsync(query.Kind, cancellationToken).ConfigureAwait(false));
        for (var (after, isEnd) = (default(string), false); !isEnd;)
        {
            var page = await _database.ReadAsync(
                Statements.ListHeads,
                [query.Kind.Name, after, query.Part, (long)HeadsOfAPage],
                row => (Stem: row.GetString(0), Part: new StorePart(new RecordKey(query.Kind, row.GetString(1)), row.IsDBNull(2) ? default(ReadOnlyMemory<byte>?) : row.GetFieldValue<byte[]>(2))),
                cancellationToken).ConfigureAwait(false);
            foreach (var (_, part) in page.Where(row => RecordRules.Allow(row.Part.Key))) yield return part;
            (after, isEnd) = (page.LastOrDefault().Stem, page.Count < HeadsOfAPage);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RecordVersion> WriteAsync(StoreWrite write, CancellationToken cancellationToken)
    {
        RecordRules.Check(write);
        var content = RecordRow.Of(write.Content);
        var (outcome, mark) = await ChangeAsync(
            Statements.Write,
            [
                write.Key.Kind.Name, write.Key.Name, content.Meta, Argument.Array(content.Names), Argument.Array(content.Secret), Argument.Array(content.Bytes), content.Size,
                write.Expected?.Value, write.Fence?.Resource, write.Fence?.Token,
            ],
            cancellationToken).ConfigureAwait(false);
        return outcome == "written" ? new RecordVersion(mark) : throw Refused(outcome, mark, write.Key, write.Expected, write.Fence);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(StoreDeletion deletion, CancellationToken cancellationToken)
    {
        RecordRules.Check(deletion);
        var (outcome, mark) = await ChangeAsync(
            Statements.Delete,
            [deletion.Key.Kind.Name, deletion.Key.Name, deletion.Expected?.Value, deletion.Fence?.Resource, deletion.Fence?.Token],
            cancellationToken).ConfigureAwait(false);
        return outcome switch
        {
            "deleted" => true,
            "none" => false,
            _ => throw Refused(outcome, mark, deletion.Key, deletion.Expected, deletion.Fence),
        };
    }

    /// <inheritdoc/>
    public ValueTask<IStoreLease?> TryLeaseAsync(StoreLeaseRequest request, CancellationToken cancellationToken)
    {
        RecordRules.Check(request);
        return _leases.TryLeaseAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<IStoreWatch> OpenWatchAsync(StoreWatchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new PostgreSqlWatch(_feed, _listener, request, request.After ?? await _feed.FindNewestAsync(cancellationToken).ConfigureAwait(false), _time);
    }

    /// <summary>Closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose()
    {
        _listener.Dispose();
        _database.Dispose();
    }

    /// <summary>Out of the index alone.</summary>
    private async Task<IReadOnlyCollection<string>> NamesOfHeadsAsync(RecordKind kind, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        for (var (after, isEnd) = (default(string), false); !isEnd;)
        {
            var page = await _database.ReadAsync(
                Statements.ListNamesOfHeads, [kind.Name, after, (long)EntriesOfAPage], row => (Stem: row.GetString(0), Name: row.GetString(1)), cancellationToken).ConfigureAwait(false);
            names.AddRange(page.Select(row => row.Name).Where(name => RecordRules.Allow(new RecordKey(kind, name))));
            (after, isEnd) = (page.LastOrDefault().Stem, page.Count < EntriesOfAPage);
        }

        return names;
    }

    /// <summary>This process hears of it without being told, and notices if it is lost.</summary>
    private async Task<(string Outcome, string Mark)> ChangeAsync(string statement, Argument[] arguments, CancellationToken cancellationToken)
    {
        var (outcome, mark) = await _database.CallAsync(statement, arguments, row => (row.GetString(0), row.IsDBNull(1) ? "" : row.GetString(1)), cancellationToken).ConfigureAwait(false);
        if (outcome is "written" or "deleted") _feed.Note(mark);
        _listener.Wake();
        return (outcome, mark);
    }

    private static StoreConflictException Refused(string outcome, string mark, RecordKey key, RecordVersion? expected, Fence? fence) => new(key,
        outcome == "fence" ? $"{key} is not written: {Over(fence!.Value, mark)}."
        : expected == RecordVersion.Absent ? $"{key} exists already."
        : mark.Length == 0 ? $"{key} is gone: somebody else removed it."
        : $"{key} was written by somebody else meanwhile.");

    /// <param name="fence">That was shown.</param>
    /// <param name="last">The token that was given last; empty where there was none.</param>
    private static string Over(Fence fence, string last) => last == fence.Token.ToString(CultureInfo.InvariantCulture)
        ? $"the lease of '{fence.Resource}' has ended (token {last})"
        : string.Create(CultureInfo.InvariantCulture, $"the lease of '{fence.Resource}' has passed to another holder (token {fence.Token}, now {(last.Length == 0 ? "none" : last)})");

    private static string Pattern(string? prefix) =>
        (prefix ?? "").Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal) + "%";
}
