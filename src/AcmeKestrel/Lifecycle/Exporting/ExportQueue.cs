using System.Collections.Concurrent;
using AcmeKestrel.Configuration;
using AcmeKestrel.Exports;
using AcmeKestrel.Lifecycle.Dispatching;
using AcmeKestrel.Lifecycle.Telling;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;

namespace AcmeKestrel.Lifecycle.Exporting;

/// <summary>
/// Labels whose exports are looked at, and when: what is current was changed by somebody, the state or the settings changed, or a file could not be written. It knows what was looked at, not who changed it: nothing that makes
/// another certificate current can be forgotten here.
/// </summary>
internal sealed class ExportQueue : ILabelObserver, IDisposable
{
    /// <summary>Files may lie on a volume that does not answer; it takes not all of them.</summary>
    private const int AtOnce = 4;

    private readonly Labels _labels;
    private readonly WorkerGate _gate;
    private readonly IAcmeSettings _settings;
    private readonly TimeProvider _time;
    private readonly Dispatcher _dispatcher;
    private readonly IDisposable _listening;
    private readonly ConcurrentDictionary<string, Looked> _looked = new(StringComparer.Ordinal);
    private IReadOnlyList<ExportSetting> _exports;

    public ExportQueue(Labels labels, WorkerGate gate, IAcmeSettings settings, TimeProvider time, ILogger<Dispatcher> logger)
    {
        (_labels, _gate, _settings, _time, _exports) = (labels, gate, settings, time, settings.Current.Exports);
        _dispatcher = new Dispatcher(new DueQueue(_ => "", AtOnce, time), time, logger);
        _listening = ChangeToken.OnChange(settings.GetChangeToken, Follow);
    }

    /// <summary>When the next label is due; null: none.</summary>
    public DateTimeOffset? NextDue => _dispatcher.NextDue;

    /// <summary>What was read when the state became this process' is looked at: a look costs a reading, and a writing only where something differs.</summary>
    public void Begin()
    {
        var exports = _settings.Current.Exports;
        if (exports.Any(export => export.Certificate is null))
        {
            var (count, now) = (0, _time.GetUtcNow());
            foreach (var entry in _labels.All)
            {
                if (entry.Facts.Certificate is not null) _dispatcher.WakeBy(entry.Label, QuietPace.DueOf(count++, now));
            }
        }

        foreach (var label in exports.Select(export => export.Certificate).OfType<string>()) _dispatcher.Wake(label);
    }

    public void On(LabelEvent happened)
    {
        var exports = _settings.Current.Exports;
        if (exports.Count == 0 || happened is LabelEvent.Exported || _gate.Session is null) return;

        var label = happened.Label.Label;
        var generation = happened is LabelEvent.Forgotten ? null : happened.Label.Certificate?.Generation;
        if (_looked.GetValueOrDefault(label)?.Generation != generation && exports.Any(export => export.IsFor(label))) _dispatcher.Wake(label);
    }

    public void Wake(string label) => _dispatcher.Wake(label);

    /// <summary>What came of the last look; null: there was none.</summary>
    public Looked? LastOf(string label) => _looked.GetValueOrDefault(label);

    /// <summary>Keeps what came of a look, and has the label looked at again where something failed.</summary>
    public void Keep(string label, Looked looked)
    {
        if (looked.Files.Count == 0) _looked.TryRemove(label, out _);
        else _looked[label] = looked;
        if (looked.Again is { } again) _dispatcher.WakeBy(label, again);
    }

    /// <inheritdoc cref="Dispatcher.RunAsync"/>
    public Task RunAsync(LabelWork work, CancellationToken cancellationToken) => _dispatcher.RunAsync(work, cancellationToken);

    /// <inheritdoc cref="Dispatcher.RunNextAsync"/>
    public Task<bool> RunNextAsync(LabelWork work, CancellationToken cancellationToken) => _dispatcher.RunNextAsync(work, cancellationToken);

    public void Dispose()
    {
        _listening.Dispose();
        _dispatcher.Dispose();
    }

    /// <summary>Labels that have exports no more are looked at, too: their status says so.</summary>
    private void Follow()
    {
        var exports = _settings.Current.Exports;
        if (Interlocked.Exchange(ref _exports, exports).SequenceEqual(exports)) return;

        foreach (var label in _looked.Keys) _dispatcher.Wake(label);
        Begin();
    }

    /// <summary>What came of a look at a label's exports.</summary>
    /// <param name="Generation">The one that was current.</param>
    /// <param name="Failures">Looks in a row at which something failed.</param>
    /// <param name="Again">When what failed is tried again.</param>
    internal sealed record Looked(string? Generation, IReadOnlyList<ExportResult> Files, int Failures, DateTimeOffset? Again);
}
