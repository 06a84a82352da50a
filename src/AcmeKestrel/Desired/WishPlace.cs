namespace AcmeKestrel.Desired;

/// <summary>Where a certificate stands in a file, for messages: its origin stays the same when a line is put in above it, this does not.</summary>
/// <param name="File">As messages call it.</param>
/// <param name="Line">Of the section's header; null: the file has no other certificate.</param>
internal sealed record WishPlace(string File, int? Line)
{
    /// <summary>The lines of what is said of it, by property.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Settings { get; init; } = [];

    /// <summary>What is worth keeping once the settings are known to be good; null: nothing.</summary>
    public WishPlace? Header => Line is null ? null : this with { Settings = [] };

    public string Of(string property)
    {
        foreach (var (name, line) in Settings)
        {
            if (name == property) return $"{File}:{line}";
        }

        return ToString();
    }

    /// <summary>The same as far as is known here.</summary>
    public static bool AreSame(WishPlace? known, WishPlace? other) =>
        known?.Line == other?.Line && (known is not { Settings.Count: > 0 } || (other is not null && known.Settings.SequenceEqual(other.Settings)));

    public override string ToString() => Line is null ? File : $"{File}:{Line}";
}
