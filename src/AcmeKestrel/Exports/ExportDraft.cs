namespace AcmeKestrel.Exports;

/// <summary>A file as it is to be, made beside its place; or, where nothing is to be made, how it is.</summary>
internal sealed class ExportDraft(ExportResult result, Func<ExportResult>? show = null, Action? discard = null) : IDisposable
{
    private Func<ExportResult>? _show = show;

    /// <summary>Another content than the file has waits to be shown.</summary>
    public bool IsMade => _show is not null;

    /// <summary>Moves what was made to its place.</summary>
    public ExportResult Show() => Interlocked.Exchange(ref _show, null) is { } put ? put() : result;

    /// <summary>What was made and not shown goes.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _show, null) is not null) discard!();
    }
}
