using AcmeKestrel.Certificates;

namespace AcmeKestrel.CommandLine;

/// <summary>What has become of a file of <c>desired/</c> among all that is wished. Pure.</summary>
internal sealed class WishedFile(AcmeDesiredFile file, AcmeCertificateRequest wished)
{
    private readonly List<string> _names = [.. wished.Names.Select(name => AcmeIdentifier.TryParse(name, out var identifier, out _) ? identifier.Value : name)];

    /// <summary>
    /// Another source may wish the same and more under this label. Of <c>desired/</c> it is this file, with these names, as far as no other wish has them, and the bare domains that they bring along: else it is what it said before.
    /// </summary>
    /// <param name="status">The label's.</param>
    /// <param name="known">All that is wished; none, where this file may not have been seen yet.</param>
    public bool IsIn(AcmeCertificateStatus status, IReadOnlyList<AcmeCertificateStatus> known)
    {
        if (!IsOfFolder(status)) return _names.TrueForAll(status.Names.Contains);
        if (status.Origin![DesiredEntry.Folder.Length..] != Path.GetFileName(file.Path)) return false;

        return status.Names.All(name => _names.Contains(name) || _names.Contains($"www.{name}")) && _names.TrueForAll(name => status.Names.Contains(name) || FindCovering(name, known) is not null);
    }

    /// <summary>Labels that have the names in its place, as a wildcard has; none, where a name would be missing.</summary>
    public IReadOnlyList<string> FindCovering(IReadOnlyList<AcmeCertificateStatus> known)
    {
        var covering = _names.ConvertAll(name => FindCovering(name, known));
        return covering.Contains(null) ? [] : [.. covering.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    /// <summary>What this label's file said before covers nothing any more.</summary>
    private string? FindCovering(string name, IReadOnlyList<AcmeCertificateStatus> known) =>
        known.FirstOrDefault(status => !(status.Label == file.Label && IsOfFolder(status)) && WildcardName.Covers(status.Names, name))?.Label;

    private static bool IsOfFolder(AcmeCertificateStatus status) => status.Origin?.StartsWith(DesiredEntry.Folder, StringComparison.Ordinal) is true;
}
