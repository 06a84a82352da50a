using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>The format of a file in <c>desired/</c>: nothing = its own file name; else a name a line, with <c>#</c> comments.</summary>
internal static class DesiredFile
{
    public const int MaxBytes = 64 * 1024;

    /// <summary>One bad line holds the whole certificate: one with fewer names is not what was wished.</summary>
    /// <param name="askedAt">When it was written or touched, where that was while somebody looked.</param>
    public static DesiredCertificates Parse(string fileName, ReadOnlySpan<byte> content, DateTimeOffset? askedAt = null)
    {
        var origin = OriginOf(fileName);
        if (fileName.EndsWith(".toml", StringComparison.OrdinalIgnoreCase)) return Problem(origin, "TOML files are not read yet; list the names one per line in a file without '.toml'.");
        if (content.Length > MaxBytes) return Problem(origin, $"is larger than {MaxBytes} bytes.");
        if (!CertificateLabel.TryParse(fileName, out var label, out var error)) return Problem(origin, error);

        var (names, problems) = ReadNames(origin, Encoding.UTF8.GetString(content).TrimStart('\uFEFF'));
        if (problems.Count > 0) return DesiredCertificates.Empty with { Problems = problems };
        if (names.Count > 0) return new DesiredCertificates([new DesiredCertificate([.. names.Select(name => name == label ? label : name)], origin) { Label = label, AskedAt = askedAt }]);

        return AcmeIdentifier.TryParse(fileName, out var own, out error)
            ? new DesiredCertificates([new DesiredCertificate([own.Value], origin) { Label = label, AskedAt = askedAt }])
            : Problem(origin, $"The file is empty, which stands for its own name, but {error}");
    }

    /// <summary>What a message calls the file.</summary>
    public static string OriginOf(string fileName) => $"{DesiredFolder.FolderName}/{fileName}";

    /// <summary>What editors and copying programs leave beside a file.</summary>
    public static bool IsIgnored(ReadOnlySpan<char> fileName) =>
        fileName.StartsWith('.') || fileName.EndsWith('~') || (fileName.StartsWith('#') && fileName.EndsWith('#'));

    private static (List<string> Names, List<DesiredProblem> Problems) ReadNames(string origin, string text)
    {
        var (names, problems) = (new List<string>(), new List<DesiredProblem>());
        var lines = text.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            var entry = lines[index].Split('#')[0].Trim();
            if (entry.Length == 0) continue;
            if (!AcmeIdentifier.TryParse(entry, out var name, out var error)) problems.Add(new DesiredProblem($"{origin}:{index + 1}", error));
            else if (!names.Contains(name.Value)) names.Add(name.Value);
        }

        return (names, problems);
    }

    private static DesiredCertificates Problem(string origin, string message) => DesiredCertificates.Empty with { Problems = [new DesiredProblem(origin, message)] };
}
