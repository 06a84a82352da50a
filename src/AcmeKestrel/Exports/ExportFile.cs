using AcmeKestrel.Configuration;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Exports;

/// <summary>A file that a label's certificate is to be in.</summary>
internal sealed record ExportFile(ExportSetting Setting, string Path)
{
    /// <summary>The rights that it is to have.</summary>
    public FileAccessRights Rights => new(Setting.Mode, Setting.Group) { Owner = Setting.Owner, MustBeGiven = true };
}
