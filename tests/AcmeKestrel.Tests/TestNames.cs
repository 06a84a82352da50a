using System.Text.RegularExpressions;

namespace AcmeKestrel.Tests;

/// <summary>Tests of both projects as <c>Class.Method</c>, read from the sources because the interop tests are another assembly; and those that a document names.</summary>
internal static partial class TestNames
{
    public static HashSet<string> All() =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Methods().Matches(File.ReadAllText(file)).Select(match => $"{Path.GetFileNameWithoutExtension(file)}.{match.Groups[1].Value}"))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>What stands in backticks.</summary>
    public static IEnumerable<string> NamedIn(string text) => Quoted().Matches(text).Select(match => match.Groups[1].Value);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\[(?:Fact|Theory)[^\n]*\](?:\s*\[[^\n]*\])*\s*public (?:static )?(?:async )?\S+ (\w+)\(")]
    private static partial Regex Methods();
}
