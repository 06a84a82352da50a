namespace AcmeKestrel.CommandLine;

/// <summary>An entry that could not become a wish is known by where it stands (<c>desired/shop.example.com</c>, with a line where one is wrong), and people ask for it by the label that it would have. Pure.</summary>
internal static class DesiredEntry
{
    public const string Folder = "desired/";

    /// <summary>Null: the label's file, if there is one, has nothing that is wrong with it.</summary>
    public static AcmeCertificateStatus? Find(IEnumerable<AcmeCertificateStatus> known, string label) =>
        known.FirstOrDefault(status => status.Names.Count == 0 && (IsAt(status.Label, $"{Folder}{label}") || IsAt(status.Label, $"{Folder}{label}.toml")));

    private static bool IsAt(string place, string file) =>
        place.StartsWith(file, StringComparison.Ordinal) && (place.Length == file.Length || (place[file.Length] == ':' && place.AsSpan(file.Length + 1) is { IsEmpty: false } line && !line.ContainsAnyExceptInRange('0', '9')));
}
