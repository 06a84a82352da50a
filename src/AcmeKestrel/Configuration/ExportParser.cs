using System.Buffers;
using AcmeKestrel.Certificates;
using AcmeKestrel.Configuration.Collections;

namespace AcmeKestrel.Configuration;

/// <summary>Checks the entries of <c>Exports</c>, each by itself and all of them against each other.</summary>
internal sealed class ExportParser(AcmeConfigurationSection section, ProblemList problems, string stateDirectory)
{
    private const UnixFileMode Public = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private static readonly SearchValues<char> Separators = SearchValues.Create(OperatingSystem.IsWindows() ? "/\\" : "/");

    private static readonly Dictionary<string, ExportContent?> Formats = new(StringComparer.OrdinalIgnoreCase) { ["pem"] = null, ["combined"] = ExportContent.Combined, ["pfx"] = ExportContent.Pfx };

    private static readonly Dictionary<string, ExportContent?> Parts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["cert"] = ExportContent.Cert,
        ["chain"] = ExportContent.Chain,
        ["fullchain"] = ExportContent.FullChain,
        ["privkey"] = ExportContent.PrivKey,
    };

    public SettingList<ExportSetting> Parse(List<AcmeExportOptions>? options)
    {
        var exports = new List<ExportSetting>();
        foreach (var (key, given) in section.ItemKeys(nameof(AcmeOptions.Exports), options?.Count ?? 0).Zip(options ?? []))
        {
            if (Parse(key, given ?? new()) is { } export) exports.Add(export);
        }

        FindDoubles(exports);
        return [.. exports];
    }

    /// <summary>Null where it has no usable path.</summary>
    private ExportSetting? Parse(string key, AcmeExportOptions options)
    {
        var label = Label(key, options.Certificate);
        var content = Content(key, options);
        var setting = new ExportSetting($"{section.Path}:{key}", label, content, PathOf(key, options.Path, label) ?? "", Mode(key, options.Mode, content) ?? (ExportSetting.IsWithKey(content) ? Private : Public))
        {
            IsModeSaid = ValueReader.Text(options.Mode) is not null,
            Owner = Account($"{key}:{nameof(options.Owner)}", options.Owner, "user"),
            Group = Account($"{key}:{nameof(options.Group)}", options.Group, "group"),
            PasswordFile = PasswordFile($"{key}:{nameof(options.PasswordFile)}", options.PasswordFile, content),
        };
        return setting.Path.Length > 0 ? setting : null;
    }

    private string? Label(string key, string? text)
    {
        if (ValueReader.Text(text) is not { } said || said == "*") return null;
        if (!CertificateLabel.TryParse(said, out var label, out var error)) problems.Add($"{key}:{nameof(AcmeExportOptions.Certificate)}", error);
        return label ?? "";
    }

    private ExportContent Content(string key, AcmeExportOptions options)
    {
        var part = Word($"{key}:{nameof(options.Part)}", options.Part, Parts);
        if (Word($"{key}:{nameof(options.Format)}", options.Format, Formats) is not { } format) return part ?? ExportContent.FullChain;

        if (part is not null) problems.Add($"{key}:{nameof(options.Part)}", "goes with the format pem; a file of another one has the key and the whole chain.");
        return format;
    }

    private ExportContent? Word(string key, string? text, Dictionary<string, ExportContent?> words)
    {
        if (ValueReader.Text(text) is not { } said) return null;
        if (words.TryGetValue(said, out var word)) return word;

        problems.Add(key, $"'{said}' is none of {string.Join(", ", words.Keys)}.");
        return null;
    }

    private string? PathOf(string key, string? text, string? label)
    {
        key = $"{key}:{nameof(AcmeExportOptions.Path)}";
        if (ValueReader.Text(text) is not { } path)
        {
            problems.Add(key, "is missing.");
            return null;
        }

        if (FaultOf(path) is { } fault) problems.Add(key, fault);
        else if (label is null && !path.Contains(ExportSetting.Name, StringComparison.Ordinal) && !path.Contains(ExportSetting.FlatName, StringComparison.Ordinal))
        {
            problems.Add(key, $"'{path}' has neither {ExportSetting.Name} nor {ExportSetting.FlatName}, so every certificate would be written to one file: put one of them in, or name the certificate.");
        }
        else return path;
        return null;
    }

    private string? FaultOf(string path)
    {
        if (!Path.IsPathFullyQualified(path)) return $"'{path}' is no absolute path.";
        if (path.Any(char.IsControl)) return "has a control character.";

        var unnamed = path.Replace(ExportSetting.Name, "", StringComparison.Ordinal).Replace(ExportSetting.FlatName, "", StringComparison.Ordinal);
        if (unnamed.AsSpan().ContainsAny('{', '}')) return $"'{path}' has a placeholder that is none of {ExportSetting.Name}, {ExportSetting.FlatName}.";

        var parts = path[Path.GetPathRoot(path)!.Length..].Split(OperatingSystem.IsWindows() ? ['/', '\\'] : ['/']);
        if (Array.Exists(parts, part => part is "" or "." or "..")) return $"'{path}' is no plain path of a file: it has an empty part, '.' or '..'.";

        return IsIn(path, stateDirectory) ? $"'{path}' lies in the state directory, which others only read." : null;
    }

    private static bool IsIn(string path, string folder) =>
        path.Length > folder.Length && ExportSetting.Paths.Equals(path[..folder.Length], folder) && (Separators.Contains(path[folder.Length]) || Separators.Contains(folder[^1]));

    private UnixFileMode? Mode(string key, string? text, ExportContent content)
    {
        key = $"{key}:{nameof(AcmeExportOptions.Mode)}";
        if (ValueReader.Text(text) is not { } said) return null;
        if (said.Length is not (3 or 4) || (said.Length == 4 && said[0] != '0') || said.Any(digit => digit is < '0' or > '7') || (Convert.ToInt32(said, 8) & 0x180) != 0x180)
        {
            problems.Add(key, $"'{said}' is no octal mode that lets the owner read and write, as 0640.");
            return null;
        }

        var mode = (UnixFileMode)Convert.ToInt32(said, 8);
        if (ExportSetting.IsWithKey(content) && (mode & OfOthers) != 0) problems.Add(key, $"'{said}' opens a private key to everybody.");
        return mode;
    }

    private string? Account(string key, string? text, string kind)
    {
        var name = ValueReader.Text(text);
        if (name is not null && !ValueReader.IsAccountName(name)) problems.Add(key, $"is no name of a {kind}.");
        return name;
    }

    private string? PasswordFile(string key, string? text, ExportContent content)
    {
        if (ValueReader.Text(text) is not { } path) return null;
        if (content is not ExportContent.Pfx) problems.Add(key, "goes with the format pfx.");
        else if (!Path.IsPathFullyQualified(path)) problems.Add(key, $"'{path}' is no absolute path.");
        return path;
    }

    /// <summary>What can be known without the labels; where placeholders come to one path for other labels it shows when the files are brought.</summary>
    private void FindDoubles(List<ExportSetting> exports)
    {
        var known = new Dictionary<string, ExportSetting>(ExportSetting.Paths);
        foreach (var export in exports)
        {
            var path = export.Certificate is { } label ? export.PathWith(label) : export.Path;
            if (!known.TryAdd(path, export)) Tell(export, known[path]);
        }

        foreach (var (one, every) in exports.Where(one => one.Certificate is not null).SelectMany(one => exports.Where(other => other.Certificate is null).Select(every => (one, every))))
        {
            if (ExportSetting.Paths.Equals(one.PathWith(one.Certificate!), every.PathWith(one.Certificate!))) Tell(one, every);
        }

        void Tell(ExportSetting export, ExportSetting other) =>
            problems.Add($"{export.Key[(section.Path.Length + 1)..]}:{nameof(AcmeExportOptions.Path)}", $"'{export.Path}' is the file of {other.Key}:{nameof(AcmeExportOptions.Path)}, too: one file takes one export.");
    }
}
