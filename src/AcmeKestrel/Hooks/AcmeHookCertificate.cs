namespace AcmeKestrel;

/// <summary>A certificate that a hook is told of.</summary>
public sealed class AcmeHookCertificate
{
    /// <summary>One with what is always there.</summary>
    public AcmeHookCertificate(string label, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(names);
        (Label, Names) = (label, names);
    }

    /// <summary>Names it in the status.</summary>
    public string Label { get; }

    /// <summary>The names in it; where there is none, the wished ones. Empty where it is not kept any more.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Which one it is; null where there is none, or it is not kept any more.</summary>
    public string? Generation { get; init; }

    /// <summary>Its first moment.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Its last moment.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <summary>The folder in which programs find it, <c>certs/&lt;label&gt;</c>; null where certificates are kept in another store.</summary>
    public string? Path { get; init; }

    /// <summary>Why: what went wrong, why it is ordered, or why it is revoked.</summary>
    public string? Reason { get; init; }
}
