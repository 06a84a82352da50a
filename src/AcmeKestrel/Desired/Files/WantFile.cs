using System.Text;
using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>The format of a file in <c>want/</c>: TOML, a section a certificate, named by its header.</summary>
internal sealed class WantFile : IWishFileFormat
{
    /// <summary>Some thousands of sections; the tree of a hostile file may be some hundred times as large.</summary>
    public int MaxBytes => 256 * 1024;

    public string OriginOf(string fileName) => WishFile.OriginOf(WantFolder.FolderName, fileName);

    /// <summary>A section that cannot be read holds no other one.</summary>
    public DesiredCertificates Parse(string fileName, ReadOnlySpan<byte> content, DateTimeOffset? askedAt)
    {
        var origin = OriginOf(fileName);
        if (!WishFile.IsToml(fileName)) return WishFile.Unreadable(origin, "Only files whose names end in '.toml' are read here. One certificate in a file of its own belongs in desired/.");
        if (content.Length > MaxBytes) return WishFile.Unreadable(origin, $"is larger than {MaxBytes} bytes.");

        var read = new Reading(origin, askedAt);
        read.Add(TomlContent.Read(Encoding.UTF8.GetString(content).TrimStart('\uFEFF')));
        return read.Said;
    }

    private sealed class Reading(string origin, DateTimeOffset? askedAt)
    {
        private readonly List<DesiredCertificate> _certificates = [];
        private readonly List<DesiredProblem> _problems = [];
        private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
        private bool _isIncomplete;

        public DesiredCertificates Said => new(_certificates)
        {
            Problems = WishFile.Bounded(origin, _problems),
            Former = _isIncomplete ? FormerWishes.All : FormerWishes.Reworded with { Labels = [.. _lines.Keys] },
        };

        public void Add(TomlContent content)
        {
            _isIncomplete = content.IsIncomplete;
            foreach (var fault in content.Faults) Report(fault.Line, fault.Message);
            foreach (var setting in content.Settings) Report(setting.Line, $"'{PlainText.Of(setting.Key, 100)}' stands before the first section, and belongs into one: [example.com].");
            foreach (var section in content.Sections) Add(section);
        }

        private void Add(TomlSection section)
        {
            if (!CertificateLabel.TryParse(section.Name, out var label, out var error))
            {
                // It may be what was a good name before.
                _isIncomplete = true;
                Report(section.Line, error);
                return;
            }

            if (!_lines.TryAdd(label, section.Line))
            {
                Report(section.Line, $"The section [{label}] stands in {origin}:{_lines[label]} already; that one counts, and this one is left out.");
                return;
            }

            if (section.IsListed) Report(section.Line, $"[[{label}]] is a list in TOML: write [{label}].");
            else if (section.Fault is { } fault) Report(fault.Line, fault.Message);
            else if (TomlCertificate.Read(section.Settings, new WishPlace(origin, section.Line), label, $"{origin} [{label}]", _problems) is { } certificate) _certificates.Add(certificate with { AskedAt = askedAt });
        }

        private void Report(int line, string message) => _problems.Add(new DesiredProblem($"{origin}:{line}", message));
    }
}
