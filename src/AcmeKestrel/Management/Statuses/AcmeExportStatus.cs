namespace AcmeKestrel;

/// <summary>A file that a certificate is brought to: see <see cref="AcmeCertificateStatus.Exports"/>.</summary>
public sealed class AcmeExportStatus
{
    /// <summary>One that is as it should be.</summary>
    public AcmeExportStatus(string path, string origin)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(origin);
        (Path, Origin) = (path, origin);
    }

    /// <summary>Where the file is, or is to be.</summary>
    public string Path { get; }

    /// <summary>The configuration key that wants it.</summary>
    public string Origin { get; }

    /// <summary>A sentence: why the file is not as it should be; null: it is.</summary>
    public string? Problem { get; init; }

    /// <summary>When it is tried again; null where there is no problem.</summary>
    public DateTimeOffset? NextAttempt { get; init; }
}
