using System.Collections.Concurrent;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Delivering;
using AcmeKestrel.Lifecycle.State;
using AcmeKestrel.Lifecycle.Stored;
using AcmeKestrel.Storage;

namespace AcmeKestrel.Lifecycle.Exporting;

/// <summary>Brings a stored certificate into files, and has programs outside told where that comes after they were told of the certificate.</summary>
internal sealed class ExportFiles(ExportWriter writer, WorkerGate gate, LabelLoader loader, LateCopies late)
{
    private readonly ConcurrentDictionary<string, Lazy<bool>> _swept = new(ExportSetting.Paths);

    /// <summary>What was swept was so in another session.</summary>
    public void Begin() => _swept.Clear();

    /// <summary>Once a session, before anybody writes there: what is beside later is being written.</summary>
    public void Sweep(string folder) => _ = _swept.GetOrAdd(folder, swept => new Lazy<bool>(() => writer.Sweep(swept))).Value;

    /// <param name="faultOf">Why the label does not get this file, or null.</param>
    /// <returns>A result for each file; none where another process has the state by now.</returns>
    public async Task<IReadOnlyList<ExportResult>> BringAsync(StateSession session, CertificateFacts certificate, IReadOnlyList<ExportFile> files, Func<ExportFile, string?> faultOf, CancellationToken cancellationToken)
    {
        var (generation, problem) = await ReadAsync(session, certificate, cancellationToken).ConfigureAwait(false);
        var results = new List<ExportResult>(files.Count);
        var expected = default(OwedChange);
        foreach (var file in files)
        {
            // Whoever has the state by now brings it.
            if (gate.Session != session) return [];
            if ((problem ?? faultOf(file)) is { } fault)
            {
                results.Add(Failed(file, fault));
                continue;
            }

            Sweep(ExportWriter.FolderOf(file));
            using var draft = writer.Make(file, generation!);
            try
            {
                if (draft.IsMade) expected ??= await late.ExpectAsync(session, certificate, cancellationToken).ConfigureAwait(false);
                results.Add(draft.Show());
            }
            catch (Exception unwritable) when (unwritable is StoreConflictException or StoreUnavailableException)
            {
                results.Add(Failed(file, $"What hooks are owed for it cannot be written: {unwritable.Message}"));
            }
        }

        if (results.Any(result => result.State is ExportState.Written)) await late.CameAsync(session, certificate, expected, cancellationToken).ConfigureAwait(false);
        else if (expected is not null) await late.DidNotComeAsync(session, certificate, expected, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private static ExportResult Failed(ExportFile file, string problem) => new(file.Setting.Key, file.Path, ExportState.Failed) { Problem = problem };

    private async Task<(Generation? Generation, string? Problem)> ReadAsync(StateSession session, CertificateFacts certificate, CancellationToken cancellationToken)
    {
        try
        {
            // A damaged one is not served either.
            var generation = await GenerationVault.TryReadAsync(session, certificate.Label, certificate.Generation, cancellationToken).ConfigureAwait(false)
                ?? (await loader.ReadNewestAsync(certificate.Label, cancellationToken).ConfigureAwait(false)).Generation;
            return (generation, generation is null ? "No stored certificate of it can be read" : null);
        }
        catch (StoreUnavailableException unread)
        {
            return (null, unread.Message);
        }
    }
}
