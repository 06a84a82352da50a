using AcmeKestrel.Configuration;
using AcmeKestrel.Storage.Files;

namespace AcmeKestrel.Exports;

/// <summary>Which files there are to be. Pure.</summary>
internal static class ExportPlan
{
    /// <summary>A label comes from anywhere: it is mapped to one plain file name, as in the state, before it becomes part of a path.</summary>
    public static IReadOnlyList<ExportFile> Of(IReadOnlyList<ExportSetting> exports, string label)
    {
        if (exports.Count == 0) return [];

        var files = new List<ExportFile>();
        foreach (var export in exports)
        {
            if (export.IsFor(label)) files.Add(new ExportFile(export, export.PathWith(FileNames.Map(label))));
        }

        return files;
    }

    /// <summary>The folder of all its files; null where labels have folders of their own.</summary>
    public static string? FixedFolderOf(ExportSetting export) =>
        Path.GetDirectoryName(export.Path) is { } folder && !folder.Contains(ExportSetting.Name, StringComparison.Ordinal) && !folder.Contains(ExportSetting.FlatName, StringComparison.Ordinal) ? folder : null;
}
