namespace AcmeKestrel;

/// <summary>A file of <c>desired/</c> (<see cref="IAcmeState.Want"/>).</summary>
public sealed class AcmeDesiredFile
{
    /// <summary>A file and what was done with it.</summary>
    public AcmeDesiredFile(string label, string path, bool isChanged)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(path);
        (Label, Path, IsChanged) = (label, path, isChanged);
    }

    /// <summary>Names the certificate.</summary>
    public string Label { get; }

    /// <summary>Where it is, or was.</summary>
    public string Path { get; }

    /// <summary>It was written, or removed; false: it was so already.</summary>
    public bool IsChanged { get; }
}
