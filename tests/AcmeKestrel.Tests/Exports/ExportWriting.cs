using AcmeKestrel.Certificates;
using AcmeKestrel.Exports;

namespace AcmeKestrel.Tests.Exports;

internal static class ExportWriting
{
    /// <summary>Makes the file and shows it, with nothing between them.</summary>
    public static ExportResult Bring(this ExportWriter writer, ExportFile file, Generation generation)
    {
        using var draft = writer.Make(file, generation);
        return draft.Show();
    }
}
