namespace AcmeKestrel.Exports;

/// <summary>What came of one file.</summary>
/// <param name="Key">The export's place in the configuration.</param>
internal sealed record ExportResult(string Key, string Path, ExportState State)
{
    /// <summary>A sentence: why the file is not as it should be; null: it is.</summary>
    public string? Problem { get; init; }

    /// <summary>What was in its place, where that is worth a word: a link, or a file that fewer could read.</summary>
    public string? Replaced { get; init; }
}

internal enum ExportState
{
    /// <summary>The file was there as it should be.</summary>
    Current,

    /// <summary>It was written.</summary>
    Written,

    /// <summary>It is not as it should be.</summary>
    Failed,
}
