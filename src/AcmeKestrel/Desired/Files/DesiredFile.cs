using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>The format of a file in <c>desired/</c>: nothing = its own file name; else a name a line, with <c>#</c> comments. <c>&lt;label&gt;.toml</c>: TOML.</summary>
internal sealed class DesiredFile : IWishFileFormat
{
    private const string Extension = ".toml";

    public int MaxBytes => 64 * 1024;

    public string OriginOf(string fileName) => WishFile.OriginOf(DesiredFolder.FolderName, fileName);

    /// <summary>One bad line holds the whole certificate: one with fewer names is not what was wished.</summary>
    public DesiredCertificates Parse(string fileName, ReadOnlySpan<byte> content, DateTimeOffset? askedAt)
    {
        var (origin, isToml) = (OriginOf(fileName), WishFile.IsToml(fileName));
        if (content.Length > MaxBytes) return WishFile.Unreadable(origin, $"is larger than {MaxBytes} bytes.");
        if (!CertificateLabel.TryParse(isToml ? fileName[..^Extension.Length] : fileName, out var label, out var error)) return WishFile.Unreadable(origin, error);

        var problems = new List<DesiredProblem>();
        var text = Encoding.UTF8.GetString(content).TrimStart('\uFEFF');
        var certificate = isToml ? ReadToml(origin, label, text, problems) : ReadLines(origin, label, text, problems);
        return problems.Count > 0
            ? WishFile.Unreadable(origin, problems)
            : new DesiredCertificates([askedAt is null ? certificate! : certificate! with { AskedAt = askedAt }]) { Former = FormerWishes.Reworded };
    }

    private static DesiredCertificate? ReadToml(string origin, string label, string text, List<DesiredProblem> problems)
    {
        var content = TomlContent.Read(text);
        foreach (var fault in content.Faults) problems.Add(new DesiredProblem($"{origin}:{fault.Line}", fault.Message));
        foreach (var section in content.Sections)
        {
            problems.Add(new DesiredProblem($"{origin}:{section.Line}", "A file in desired/ is one certificate: its settings stand without a [section]. Several in one file belong in want/."));
        }

        return problems.Count > 0 ? null : TomlCertificate.Read(content.Settings, new WishPlace(origin, null), label, origin, problems);
    }

    private static DesiredCertificate? ReadLines(string origin, string label, string text, List<DesiredProblem> problems)
    {
        var names = new List<string>();
        var lines = text.Split('\n');
        for (var index = 0; index < lines.Length; index++)
        {
            var entry = lines[index].Split('#')[0].Trim();
            if (entry.Length == 0) continue;
            if (!AcmeIdentifier.TryParse(entry, out var name, out var fault)) problems.Add(new DesiredProblem($"{origin}:{index + 1}", fault));
            else if (!names.Contains(name.Value)) names.Add(name.Value);
        }

        if (problems.Count > 0) return null;
        if (names.Count > 0) return new DesiredCertificate([.. names.Select(name => name == label ? label : name)], origin) { Label = label };
        if (AcmeIdentifier.TryParse(label, out var own, out var error)) return new DesiredCertificate([own.Value], origin) { Label = label };

        problems.Add(new DesiredProblem(origin, $"The file is empty, which stands for its own name, but {error}"));
        return null;
    }
}
