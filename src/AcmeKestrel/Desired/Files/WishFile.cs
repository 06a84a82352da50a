using AcmeKestrel.Certificates;

namespace AcmeKestrel.Desired.Files;

/// <summary>What the files of all folders that certificates are wished in have in common.</summary>
internal static class WishFile
{
    /// <summary>Of one file; whoever has mended so many sees the next ones.</summary>
    private const int MostProblems = 20;

    /// <summary>What editors and copying programs leave beside a file.</summary>
    public static bool IsIgnored(ReadOnlySpan<char> fileName) =>
        fileName.StartsWith('.') || fileName.EndsWith('~') || (fileName.StartsWith('#') && fileName.EndsWith('#'));

    public static bool IsToml(string fileName) => fileName.EndsWith(".toml", StringComparison.OrdinalIgnoreCase);

    /// <summary>What a message calls a file; its name may be anything that a file system allows.</summary>
    public static string OriginOf(string folder, string fileName) => $"{folder}/{PlainText.Of(fileName, 300)}";

    /// <summary>Nothing can be said of it, so all stays that it said before.</summary>
    public static DesiredCertificates Unreadable(string origin, string message) => Unreadable(origin, [new DesiredProblem(origin, message)]);

    public static DesiredCertificates Unreadable(string origin, IReadOnlyList<DesiredProblem> problems) =>
        DesiredCertificates.Empty with { Problems = Bounded(origin, problems), Former = FormerWishes.All };

    public static IReadOnlyList<DesiredProblem> Bounded(string origin, IReadOnlyList<DesiredProblem> problems) =>
        problems.Count <= MostProblems ? problems : [.. problems.Take(MostProblems), new DesiredProblem(origin, $"and {problems.Count - MostProblems} more.")];
}
