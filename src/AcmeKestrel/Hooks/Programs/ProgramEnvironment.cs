namespace AcmeKestrel.Hooks.Programs;

/// <summary>Small, and none of it this process': what that was started with may be secret.</summary>
internal static class ProgramEnvironment
{
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    public static Dictionary<string, string> New() => OperatingSystem.IsWindows()
        ? new(StringComparer.Ordinal) { ["PATH"] = Environment.SystemDirectory, ["LANG"] = "C.UTF-8", ["SystemRoot"] = Environment.GetFolderPath(Environment.SpecialFolder.Windows) }
        : new(StringComparer.Ordinal) { ["PATH"] = SearchPath, ["LANG"] = "C.UTF-8" };
}
