using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.Limits;
using AcmeKestrel.Lifecycle.Planning;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Telling;
using AcmeKestrel.Storage;
using AcmeKestrel.Storage.Engine;

namespace AcmeKestrel.Lifecycle.Exporting;

/// <summary>Brings what is current of a label into the files that others read. Only the process that has the state does.</summary>
internal sealed class ExportDesk(ExportQueue queue, ExportFiles written, Labels labels, WorkerGate gate, IAcmeSettings settings, LabelEvents events, TimeProvider time) : IPublicCopies
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    private readonly ExportClaims _claims = new();
    private readonly KeyedGates _turns = new();
    private readonly Lock _gate = new();
    private StateSession? _session;

    /// <summary>
    /// Compares the label's files with what its current certificate gives, and writes what differs. Whoever calls it again, or beside the queue, finds nothing to do: what is returned is how each file is now.
    /// What failed is tried again by itself.
    /// </summary>
    /// <returns>A result for each file; none where the label has no exports or no certificate, or another process has the state.</returns>
    public async Task<IReadOnlyList<ExportResult>> BringAsync(string label, CancellationToken cancellationToken)
    {
        using var turn = await _turns.EnterAsync(new RecordKey(RecordKind.Certificate, label), cancellationToken).ConfigureAwait(false);
        if (gate.Session is not { } session) return [];

        var exports = settings.Current.Exports;
        Begin(session, exports);
        foreach (var folder in exports.Where(export => export.IsFor(label)).Select(ExportPlan.FixedFolderOf).OfType<string>()) written.Sweep(folder);

        // Asked for by its certificate: a label that is known no more must not become known by that.
        var view = labels.Find(label) is { Certificate: not null } ? labels.ViewOf(label) : new LabelView(label, null, null, Schedule.Empty);
        var files = view.Certificate is null ? [] : ExportPlan.Of(exports, label);
        var before = queue.LastOf(label);
        foreach (var other in files.Count == 0 ? _claims.Release(label) : _claims.Take(label, files)) queue.Wake(other);
        if (files.Count == 0 && before is null) return [];

        var results = files.Count == 0 ? [] : await written.BringAsync(session, view.Certificate!, files, file => _claims.FaultOf(label, file), cancellationToken).ConfigureAwait(false);
        var (failures, again) = results.Any(result => result.State is ExportState.Failed) ? Next(before, view.Certificate?.Generation) : default;
        queue.Keep(label, new ExportQueue.Looked(view.Certificate?.Generation, results, failures, again));
        events.Publish(new LabelEvent.Exported(view, results, before?.Files ?? [], again));
        return results;
    }

    /// <summary>A look that comes before its time, since somebody else wanted one, is no rung of the ladder.</summary>
    private (int Failures, DateTimeOffset? Again) Next(ExportQueue.Looked? before, string? generation)
    {
        var now = time.GetUtcNow();
        if (before is { Again: { } due } && Waits.Last(due, PauseAfter(before.Failures), now) && before.Generation == generation) return (before.Failures, due);

        var failures = (before?.Failures ?? 0) + 1;
        return (failures, now + PauseAfter(failures));
    }

    /// <inheritdoc/>
    async Task IPublicCopies.BringAsync(string label, CancellationToken cancellationToken)
    {
        if (settings.Current.Exports.Count == 0) return;

        try
        {
            // A volume that does not answer holds its caller, and links, hooks and orders wait for this.
            await Task.Run(() => BringAsync(label, cancellationToken), cancellationToken).WaitAsync(LongestWait, time, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Promise 5: whatever ails an export is no link's and no hook's affair; it is tried again by itself.
        catch (Exception late) when (late is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            queue.Wake(label);
        }
    }

    /// <summary>A look that is due.</summary>
    /// <returns>Nothing: when it is due again is known where it failed.</returns>
    public async Task<DateTimeOffset?> LookAsync(string label, CancellationToken cancellationToken)
    {
        await BringAsync(label, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>What another process left and wrote before this session is not known.</summary>
    private void Begin(StateSession session, IReadOnlyList<ExportSetting> exports)
    {
        lock (_gate)
        {
            if (_session != session)
            {
                _session = session;
                written.Begin();
                _claims.Forget();
            }

            _claims.Know(exports, () => labels.All.Where(entry => entry.Facts.Certificate is not null).Select(entry => entry.Label));
        }
    }

    private static TimeSpan PauseAfter(int failures) => failures > 6 ? LongestPause : FirstPause * (1 << (failures - 1));
}
