namespace AcmeKestrel.Desired;

/// <summary>What an <see cref="IIncrementalDesiredCertificateSource"/> says otherwise than before.</summary>
public sealed record DesiredChanges
{
    /// <summary>What changed.</summary>
    public DesiredChanges(IReadOnlyDictionary<string, DesiredCertificates> entries, string position)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(position);
        (Entries, Position) = (entries, position);
    }

    /// <summary>By a key of the source's own (a file's name, a row's), what is wished there now; <see cref="DesiredCertificates.Empty"/>: nothing any more.</summary>
    public IReadOnlyDictionary<string, DesiredCertificates> Entries { get; init; }

    /// <summary>To be asked with the next time; whatever the source understands.</summary>
    public string Position { get; init; }

    /// <summary>These are all entries there are: the answer where nothing or too old a position was given.</summary>
    public bool IsWhole { get; init; }
}
